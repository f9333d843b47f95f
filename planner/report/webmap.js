/* One service is shown at a time. Shapes come packed as in planner/report/pack.py. */
function plannerMap(map, data) {
  "use strict";
  const W = data.words;
  const esc = (s) => String(s).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const count = (n) => (n === null ? "—" : Math.round(n).toLocaleString("en-US"));
  const percent = (x) => {
    if (x === null) return "—";
    let shown = (100 * x).toFixed(1);
    if (x < 1 && shown === "100.0") shown = "99.9";
    if (x > 0 && shown === "0.0") shown = "0.1";
    return shown + "%";
  };
  const element = (tag, attributes, html) => {
    const made = document.createElement(tag);
    Object.assign(made, attributes || {});
    if (html !== undefined) made.innerHTML = html;
    return made;
  };

  function unpack(text) {
    const bytes = atob(text), lines = [];
    let i = 0, lat = 0, lon = 0;
    const next = () => {
      let value = 0, shift = 0, byte;
      do { byte = bytes.charCodeAt(i++); value += (byte & 127) * 2 ** shift; shift += 7; } while (byte > 127);
      return value;
    };
    const step = () => { const z = next(); return z % 2 ? -(z + 1) / 2 : z / 2; };
    while (i < bytes.length) {
      const n = next(), line = new Array(n);
      for (let k = 0; k < n; k++) { lat += step(); lon += step(); line[k] = [lat / 1e5, lon / 1e5]; }
      lines.push(line);
    }
    return lines;
  }

  map.attributionControl.setPrefix(false).addAttribution(esc(data.attribution));
  L.control.scale({ imperial: false, maxWidth: 160 }).addTo(map);
  const pane = (name, z, deaf) => {
    const made = map.createPane(name);
    made.style.zIndex = z;
    if (deaf) made.style.pointerEvents = "none";
    return name;
  };
  pane("fill", 350); pane("areas", 355, true); pane("streets", 360, true); pane("borders", 370, true); pane("names", 440, true); pane("gaps", 400); pane("zones", 405); pane("links", 445); pane("points", 450); pane("members", 455); pane("chosen", 460, true);
  const canvas = { fill: L.canvas({ pane: "fill", padding: 0.2 }), streets: L.canvas({ pane: "streets", padding: 0.2 }),
    borders: L.canvas({ pane: "borders", padding: 0.2 }), areas: L.canvas({ pane: "areas", padding: 0.2 }) };
  const svg = { gaps: L.svg({ pane: "gaps" }), zones: L.svg({ pane: "zones" }), links: L.svg({ pane: "links" }), points: L.svg({ pane: "points" }), members: L.svg({ pane: "members" }), chosen: L.svg({ pane: "chosen" }) };
  const groups = {};
  for (const name of ["streets", "fill", "gaps", "facilities", "sites", "findings", "labels"]) groups[name] = L.layerGroup().addTo(map);
  groups.areas = L.layerGroup();  // shown when asked for
  const whole = () => {
    const snap = map.options.zoomSnap;
    map.options.zoomSnap = 0;
    map.fitBounds(data.bounds, { animate: false, padding: [6, 6] });
    map.options.zoomSnap = snap;
  };
  whole();

  /* streets: one line a class, never asked for events */
  const streets = data.streets.map((s) => {
    const line = L.polyline(unpack(s.lines), { renderer: canvas.streets, interactive: false, color: s.colour, weight: s.weight, opacity: 0.75, smoothFactor: 1 });
    line.base = s.weight;
    return line.addTo(groups.streets);
  });
  const first = map.getZoom();
  const widen = () => {
    const factor = Math.min(5, Math.max(0.7, 2 ** ((map.getZoom() - first) * 0.55)));
    streets.forEach((line) => line.setStyle({ weight: line.base * factor }));
  };
  map.on("zoomend", widen);

  /* places */
  const P = data.places, shapes = P.names.map(() => []);
  unpack(P.rings).forEach((ring, k) => {
    const owner = P.owners[2 * k], part = P.owners[2 * k + 1], held = shapes[owner];
    if (held.length && held.part === part) held[held.length - 1].push(ring);
    else { held.push([ring]); held.part = part; }
  });
  const share = (row) => (row === null ? null : row[2]);
  const colour = (x) => {
    if (x === null) return data.style.none;
    let k = 0;
    while (k + 1 < data.breaks.length && x >= data.breaks[k + 1]) k++;
    return data.colours[k];
  };
  const nothing = { walks: [], facilities: [], sites: [], share: null, gaps: { about: [] }, areas: { bands: [] } };
  let current = data.services[0] || nothing;
  const aboutPlace = (k) => {
    if (!data.measured) return `<b>${esc(P.names[k])}</b>`;
    const row = current.stats[k], title = `<b>${esc(P.names[k])}</b><br>`;
    if (row === null) return title + `<span class="soft">${W.few}</span>`;
    const near = row[3] === null ? current.cutoff : row[3].toFixed(1);
    return title + `${esc(current.name)} · ${W.coverage} <b>${percent(row[2])}</b><br>` +
      `${esc(current.weight)} ${count(row[0])} ${esc(current.unit)}${W.comma}${W.covered} ${count(row[1])} ${esc(current.unit)}<br>` +
      `<span class="soft">${W.nearest} ${near} ${W.minutes}</span>`;
  };
  const filled = [];
  P.names.forEach((name, k) => {
    if (!P.leaf[k]) return;
    let layer = null;
    if (shapes[k].length) layer = L.polygon(shapes[k], { renderer: canvas.fill, ...(data.measured ? { color: "#ffffff", weight: 0.8, fillOpacity: 0.8 } : { color: "#7a8188", weight: 1, fillColor: data.style.none, fillOpacity: 0.25 }) });
    else if (P.at[k]) layer = L.circleMarker(P.at[k], { renderer: canvas.fill, radius: 9, color: "#555", weight: 1, fillOpacity: 0.85 });
    if (!layer) return;
    layer.place = k;
    layer.bindTooltip(() => aboutPlace(k), { sticky: true });
    filled.push(layer.addTo(groups.fill));
  });
  if (data.lines) L.polyline(unpack(data.lines), { renderer: canvas.borders, interactive: false, color: data.style.area, weight: 2 }).addTo(groups.fill);
  const outline = { town: 1, county: 2, city: 2.4 };
  P.names.forEach((name, k) => {
    if (P.leaf[k] || !shapes[k].length) return;
    L.polygon(shapes[k], { renderer: canvas.borders, interactive: false, fill: false, color: "#454545", weight: outline[P.levels[k]] || 1 }).addTo(groups.fill);
  });

  /* names: districts, then towns, then communities as one comes nearer; only what is in view */
  const ranks = ["city", "county", "town", "community", "compound"];
  const byLevel = ranks.map((level) => P.names.map((_, k) => k).filter((k) => P.levels[k] === level && P.at[k]));
  const steps = byLevel.filter((list) => list.length > 1);
  const named = () => {
    groups.labels.clearLayers();
    const nearer = map.getZoom() - first;
    const list = steps[nearer < 1 ? 0 : nearer < 2.3 ? Math.min(1, steps.length - 1) : steps.length - 1] || [];
    const view = map.getBounds();
    list.filter((k) => view.contains(P.at[k])).slice(0, 150).forEach((k) => {
      const icon = L.divIcon({ className: "place-name " + P.levels[k], iconSize: [0, 0], html: `<span>${esc(P.short[k])}</span>` });
      L.marker(P.at[k], { icon: icon, interactive: false, keyboard: false, pane: "names" }).addTo(groups.labels);
    });
  };
  map.on("moveend", named);

  /* service areas: a list of polygons (shell, holes) for each band; bands lie over each other, so the nearest is darkest */
  function joined(areas) {
    const bands = areas.bands.map(() => []);
    let part = -1;
    unpack(areas.rings).forEach((ring, k) => {
      const polygons = bands[areas.owners[2 * k]];
      if (areas.owners[2 * k + 1] !== part) polygons.push([]);
      part = areas.owners[2 * k + 1];
      polygons[polygons.length - 1].push(ring);
    });
    return bands.filter((polygons) => polygons.length);
  }

  /* one service */
  function show(service) {
    current = service;
    filled.forEach((layer) => layer.setStyle({ fillColor: colour(share(service.stats[layer.place])) }));
    ["areas", "gaps", "facilities", "sites"].forEach((name) => groups[name].clearLayers());
    joined(service.areas).forEach((parts) => {
      L.polygon(parts, { renderer: canvas.areas, interactive: false, color: data.style.area, weight: 0.8, fillColor: data.style.area, fillOpacity: 0.2 }).addTo(groups.areas);
    });
    unpack(service.gaps.rings).forEach((ring, k) => {
      const g = service.gaps.about[service.gaps.owners[k]];
      const near = g[2] === "—" ? service.cutoff : g[2];
      L.polygon(ring, { renderer: svg.gaps, color: data.style.gap, weight: 1.8, dashArray: "5 4", fillColor: data.style.gap, fillOpacity: 0.06 })
        .bindTooltip(`<b>${W.gap} ${g[4]}</b> ${esc(g[0])}<br>${W.people} <b>${count(g[1])}</b> ${esc(service.unit)}<br>` +
          `${W.nearest} ${near} ${W.minutes}<br><span class="soft">${W.cause} ${esc(g[3])}</span>`, { sticky: true })
        .addTo(groups.gaps);
    });
    service.facilities.forEach((f) => {
      const on = f[3] === 1;
      L.circleMarker([f[0], f[1]], { renderer: svg.points, radius: on ? 5 : 4, weight: on ? 1.8 : 1.5, color: on ? "#1a1a1a" : data.style.off, fillColor: "#fff", fillOpacity: on ? 1 : 0.3, dashArray: on ? null : "2 2" })
        .bindTooltip(`<b>${esc(f[2])}</b><br><span class="soft">${on ? W.in_service : W.off + (f[4] ? " · " + esc(f[4]) : "")}</span>`)
        .addTo(groups.facilities);
    });
    service.sites.forEach((s) => {
      const icon = L.divIcon({ className: "site-icon", iconSize: [24, 24], html: `<i style="background:${data.style.site}">${s.rank}</i>` });
      L.marker(s.at, { icon: icon, keyboard: true, title: "", zIndexOffset: 1000 - s.rank })
        .bindTooltip(`<b>${W.rank} ${s.rank} · ${esc(s.name)}</b><br>${esc(s.place)}${s.year ? `<br>${W.year} <b>${s.year}</b>` : ""}<br>${W.newly} <b>${count(s.newly)}</b> ${esc(service.unit)}` +
          (s.cost ? `<br>${W.cost} ${esc(s.cost)}` : "") + (s.communities ? `<br><span class="soft">${W.communities} ${esc(s.communities)}</span>` : ""),
          { direction: "top", offset: [0, -10] })
        .addTo(groups.sites);
    });
    panel();
  }

  const severity = { error: "#b00020", warning: "#d95f02", info: "#5c6670" };
  const findings = data.findings || [], at = (f) => f[0] !== null;
  const spots = findings.map((f) => !at(f) ? null : L.circleMarker([f[0], f[1]], { renderer: svg.points, radius: 6, weight: 2, color: severity[f[2]], fillColor: "#fff", fillOpacity: 0.6 })
    .bindTooltip(`<b>${esc(f[3])}</b> · ${esc(f[5])}<br>${esc(f[4])}`));
  spots.filter(Boolean).reverse().forEach((spot) => spot.addTo(groups.findings));  // the worst on top

  /* systems: signs by role; lines join whom they belong to, or are the rounds of a kitchen's vans */
  const corners = (n, turn, inner) => Array.from({ length: n }, (_, k) => {
    const angle = turn + (2 * Math.PI * k) / n, r = k % 2 ? inner : 1;
    return [r * Math.cos(angle), r * Math.sin(angle)];
  });
  const signs = {
    circle: corners(24, 0, 1), square: corners(4, Math.PI / 4, 1), diamond: corners(4, 0, 1), star: corners(10, -Math.PI / 2, 0.42),
    cross: [[0, -0.35], [0.65, -1], [1, -0.65], [0.35, 0], [1, 0.65], [0.65, 1], [0, 0.35], [-0.65, 1], [-1, 0.65], [-0.35, 0], [-1, -0.65], [-0.65, -1]],
  };
  const sizes = { circle: 5, cross: 6, square: 8, diamond: 9, star: 11 };
  const path = (sign, x, y) => "M" + signs[sign].map(([a, b]) => `${(x + a * sizes[sign]).toFixed(1)} ${(y + b * sizes[sign]).toFixed(1)}`).join("L") + "Z";
  const Sign = L.CircleMarker.extend({
    _updatePath() { this._renderer._setPath(this, this._empty() ? "M0 0" : path(this.options.sign, this._point.x, this._point.y)); },
  });
  function drawn(system) {
    const group = L.layerGroup();
    joined({ bands: [0], rings: system.zones.rings, owners: system.zones.owners.flatMap((part) => [0, part]) }).forEach((parts) =>
      L.polygon(parts, { renderer: svg.zones, color: data.style.closed, weight: 1.2, dashArray: "2 3", fillColor: data.style.closed, fillOpacity: 0.16 }).bindTooltip(W.zone, { sticky: true }).addTo(group));
    L.polyline(unpack(system.lines), { renderer: svg.links, color: "#fff", weight: 4, opacity: 0.75, interactive: false }).addTo(group);
    unpack(system.lines).forEach((line, k) => {
      const told = system.told[k];
      const made = L.polyline(line, { renderer: svg.links, color: data.style.area, weight: told ? 2.2 : 1.5, interactive: Boolean(told) });
      (told ? made.bindTooltip(esc(told), { sticky: true }) : made).addTo(group);
    });
    system.points.forEach(([lat, lon, k, name, told]) => {
      const [sign, fill, edge, label] = system.roles[k];
      new Sign([lat, lon], { renderer: svg.members, sign: sign, radius: sizes[sign], weight: sign === "circle" ? 1.8 : 1, color: edge, fillColor: fill, fillOpacity: 1 })
        .bindTooltip(`<b>${esc(name)}</b><br>${esc(label)}` + (told ? `<br><span class="soft">${esc(told)}</span>` : "")).addTo(group);
    });
    return group;
  }
  /* while a system is shown, what belongs to a single service stands back */
  const standBack = () => {
    const on = data.systems.some((s) => map.hasLayer(s.group));
    Object.entries({ fill: 0.5, gaps: 0.25, points: 0.25 }).forEach(([name, opacity]) => { map.getPane(name).style.opacity = on ? opacity : 1; });
  };
  const linked = data.systems.find((s) => location.hash === "#" + s.id);
  data.systems.forEach((system) => {
    system.group = drawn(system);
    if (linked ? system === linked : system.on) system.group.addTo(map);
  });
  standBack();

  /* the panel */
  const panelBox = document.getElementById("panel"), side = element("div", { className: "body" });
  panelBox.append(side);
  const facts = element("ul", { className: "facts" }), legend = element("div", { className: "legend" });
  const rows = [];
  side.append(element("h1", {}, esc(data.title)), element("div", { className: "sub" }, esc(data.subtitle)));
  if (data.edits.length) side.append(element("ol", { className: "edits" }, data.edits.map((e) => `<li>${esc(e)}</li>`).join("")));
  if (data.sample) {
    side.append(element("div", { className: "sample" }, esc(data.sample)));
    map.getContainer().append(element("div", { className: "mark-on-map" }, esc(data.sample)));
  }
  side.append(searchBox(), element("h2", { className: "controls", hidden: !data.services.length }, W.services));
  data.services.forEach((service) => {
    const row = element("label", { className: "service" },
      `<input type="radio" name="service" value="${esc(service.id)}"><span class="name">${esc(service.name)}</span>` + (data.measured ? `<span class="pct">${percent(service.share)}</span>` +
      `<div class="bar"><i style="width:${100 * (service.share || 0)}%"></i></div>` : ""));
    row.querySelector("input").addEventListener("change", () => show(service));
    rows.push(row);
    side.append(row);
  });
  side.append(facts, layerBox());
  if (data.systems.length) side.append(systemBox());
  side.append(element("h2", {}, W.legend), legend);
  if (data.findings) side.append(findingBox());
  panelBox.append(element("div", { className: "foot" },
    `<b>${esc(data.notice)}</b><br>${esc(data.approval)}<br>${esc(data.date)} · ${esc(data.run)}<br>${esc(data.attribution)}`));
  const Tools = L.Control.extend({
    onAdd: () => {
      const tools = element("div", { className: "tools controls leaflet-bar" });
      const reset = element("button", { type: "button" }, W.reset), print = element("button", { type: "button" }, W.print);
      reset.addEventListener("click", whole);
      print.addEventListener("click", () => window.print());
      tools.append(reset, print);
      L.DomEvent.disableClickPropagation(tools);
      return tools;
    },
  });
  new Tools({ position: "topleft" }).addTo(map);

  function panel() {
    rows.forEach((row, k) => {
      const on = data.services[k] === current;
      row.classList.toggle("on", on);
      row.querySelector("input").checked = on;
    });
    const lines = [];
    if (current.headline) lines.push(`${esc(current.promise)}${W.colon}<b>${esc(current.headline)}</b>`);
    lines.push(...current.walks.map(esc));
    if (current.nominal) lines.push(`${W.nominal} ${esc(current.nominal)}`);
    if (current.after) lines.push(esc(current.after));
    facts.innerHTML = lines.map((line) => `<li>${line}</li>`).join("");
    const box = (c) => `<svg width="22" height="14"><rect width="22" height="14" fill="${c}" stroke="#999" stroke-width=".6"/></svg>`;
    const dot = (stroke, fill, dash) => `<svg width="22" height="14"><circle cx="11" cy="7" r="5" stroke="${stroke}" fill="${fill}" stroke-width="1.7" ${dash ? 'stroke-dasharray="2 2"' : ""}/></svg>`;
    const parts = data.measured ? [`<span class="head">${esc(current.legend)}</span>`] : [];
    if (current.share !== null && data.places.names.length) {
      data.classes.map((label, k) => parts.push(`<div data-k="${k}">${box(data.colours[k])}${esc(label)}</div>`));
      const classes = parts.splice(1).reverse();
      parts.push(...classes, `<div>${box(data.style.none)}${W.no_data}</div>`);
    }
    const shown = current.facilities.length ? [`<div>${dot("#1a1a1a", "#fff")}${W.in_service}</div>`] : [];
    if (current.facilities.some((f) => !f[3])) shown.push(`<div>${dot(data.style.off, "#fff", true)}${W.off}</div>`);
    if (current.gaps.about.length) shown.push(`<div><svg width="22" height="14"><rect x="1" y="1" width="20" height="12" fill="${data.style.gap}" fill-opacity=".08" stroke="${data.style.gap}" stroke-width="1.6" stroke-dasharray="4 3"/></svg>${W.gap}</div>`);
    if (map.hasLayer(groups.areas) && current.areas.bands.length) {
      current.areas.bands.forEach((minutes, k, all) => shown.push(`<div><svg width="22" height="14"><rect x="1" y="1" width="20" height="12" fill="${data.style.area}" fill-opacity="${1 - 0.8 ** (all.length - k)}" stroke="${data.style.area}" stroke-width="0.8"/></svg>${W.areas} ${minutes} ${W.minutes}</div>`));
    }
    if (map.hasLayer(groups.areas) && !current.areas.bands.length) shown.push(`<div>${W.no_areas}</div>`);
    if (current.sites.length) shown.push(`<div><svg width="22" height="14"><circle cx="11" cy="7" r="6.5" fill="${data.style.site}"/><text x="11" y="10.5" font-size="9" font-weight="700" fill="#fff" text-anchor="middle">1</text></svg>${W.site}</div>`);
    if (data.lines) shown.push(`<div><svg width="22" height="14"><path d="M1 7H21" stroke="${data.style.area}" stroke-width="2"/></svg>${W.borders}</div>`);
    new Map(findings.filter(at).map((f) => [f[2], f[5]])).forEach((word, s) => shown.push(`<div>${dot(severity[s], "#fff")}${W.findings}${W.colon}${esc(word)}</div>`));
    parts.push(`<div class="signs">${shown.join("")}</div>`);
    legend.innerHTML = parts.join("");
  }

  /* a system's signs, the highest first, and what it finds or proposes */
  function key(system) {
    const sign = ([name, fill, edge, label]) => `<div><svg width="22" height="18"><path d="${path(name, 11, 9)}" fill="${fill}" stroke="${edge}"/></svg>${esc(label)}</div>`;
    const line = `<div><svg width="22" height="14"><path d="M1 7H21" stroke="${data.style.area}" stroke-width="2"/></svg>${system.told.length ? W.round : W.link}</div>`;
    const zone = `<div><svg width="22" height="14"><rect x="1" y="1" width="20" height="12" fill="${data.style.closed}" fill-opacity=".16" stroke="${data.style.closed}" stroke-dasharray="2 3"/></svg>${W.zone}</div>`;
    return `${[...system.roles].reverse().map(sign).join("")}${system.lines ? line : ""}${system.zones.rings ? zone : ""}<p>${esc(system.outcome)}</p>`;
  }

  function systemBox() {
    const box = element("div", { className: "systems" }, `<h2 class="controls">${W.systems}</h2>`);
    data.systems.forEach((system) => {
      const on = map.hasLayer(system.group);
      const row = element("label", { className: on ? "on" : "" }, `<input type="checkbox" value="${esc(system.id)}"${on ? " checked" : ""}>${esc(system.name)}`);
      row.firstChild.addEventListener("change", (event) => {
        if (event.target.checked) system.group.addTo(map); else system.group.remove();
        row.classList.toggle("on", event.target.checked);
        standBack();
      });
      box.append(row, element("div", { className: "legend" }, key(system)));
    });
    return box;
  }

  /* the findings, the worst first; one that has a place is a button that jumps there */
  function findingBox() {
    const box = element("details", { className: "findings controls", open: !data.measured }, `<summary>${W.findings}</summary>`);
    if (!findings.length) box.append(element("div", { className: "soft" }, W.no_findings));
    findings.forEach((f, k) => {
      const row = element(at(f) ? "button" : "div", { title: at(f) ? "" : W.unlocated }, `<i style="background:${severity[f[2]]}"></i><b>${esc(f[3])}</b> ${esc(f[5])} · ${esc(f[4])}`);
      if (at(f)) row.addEventListener("click", () => {
        groups.findings.addTo(map);
        map.setView([f[0], f[1]], Math.max(map.getZoom(), 16), { animate: false });
        spots[k].openTooltip();
      });
      box.append(row);
    });
    return box;
  }

  function layerBox() {
    const box = element("div", { className: "layers controls" }, `<h2>${W.layers}</h2>`);
    const has = { fill: filled.length, areas: data.services.some((s) => s.areas.bands.length), streets: data.streets.length, labels: steps.length, facilities: data.services.length, gaps: data.services.some((s) => s.gaps.about.length),
      sites: data.services.some((s) => s.sites.length), findings: findings.some(at) };
    Object.keys(has).filter((name) => has[name]).forEach((name) => {
      const label = element("label", {}, `<input type="checkbox" value="${name}"${name === "areas" ? "" : " checked"}>${name === "fill" && !data.measured ? W.borders : W[name]}`);
      label.firstChild.addEventListener("change", (event) => {
        if (event.target.checked) groups[name].addTo(map); else groups[name].remove();
        if (name === "areas") panel();
      });
      box.append(label);
    });
    return box;
  }

  /* search by name: zooms and highlights */
  let chosen = null;
  function choose(k) {
    if (chosen) chosen.remove();
    const how = { renderer: svg.chosen, interactive: false, color: "#0b3d91", weight: 4, fill: false };
    chosen = shapes[k].length ? L.polygon(shapes[k], how) : P.at[k] ? L.circleMarker(P.at[k], { ...how, radius: 16 }) : null;
    if (!chosen) return;
    chosen.addTo(map);
    if (chosen.getBounds) map.fitBounds(chosen.getBounds(), { maxZoom: 16, padding: [60, 60] });
    else map.setView(P.at[k], 15);
    const centre = chosen.getBounds ? chosen.getBounds().getCenter() : L.latLng(P.at[k]);
    if (P.leaf[k]) map.openTooltip(L.tooltip({ direction: "top" }).setLatLng(P.at[k] || centre).setContent(aboutPlace(k)));
  }
  function searchBox() {
    const box = element("div", { className: "search controls" });
    const input = element("input", { type: "search", placeholder: W.search, autocomplete: "off" });
    input.setAttribute("aria-label", W.search);
    const hits = element("div", { className: "hits" });
    const find = () => {
      const word = input.value.trim().toLowerCase();
      hits.innerHTML = "";
      if (!word) { if (chosen) chosen.remove(); return []; }
      const found = P.names.map((name, k) => [name.toLowerCase().indexOf(word), k]).filter((x) => x[0] >= 0).slice(0, 8);
      found.forEach(([, k]) => {
        const hit = element("button", { type: "button" }, esc(P.names[k]));
        hit.addEventListener("click", () => { input.value = P.names[k]; hits.innerHTML = ""; choose(k); });
        hits.append(hit);
      });
      if (!found.length) hits.append(element("span", {}, W.no_match));
      return found;
    };
    input.addEventListener("input", find);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { const found = find(); if (found.length) { hits.innerHTML = ""; choose(found[0][1]); } }
      if (event.key === "Escape") hits.innerHTML = "";
    });
    box.append(input, hits);
    return box;
  }

  /* one landscape page (277 x 190 mm at 96 dpi), whatever the window is */
  const root = document.documentElement;
  window.addEventListener("beforeprint", () => {
    const wide = window.innerWidth, high = window.innerHeight;
    root.style.setProperty("--wide", wide + "px");
    root.style.setProperty("--high", high + "px");
    root.style.setProperty("--scale", Math.min(1046 / wide, 716 / high));
    root.classList.add("printing");
    const body = document.querySelector("#panel .body"); // on a low screen the legend must not be cut off
    if (body.scrollHeight > body.clientHeight) body.style.zoom = body.clientHeight / body.scrollHeight;
  });
  window.addEventListener("afterprint", () => {
    root.classList.remove("printing");
    document.querySelector("#panel .body").style.zoom = "";
  });

  const asked = data.services.find((s) => location.hash === "#" + s.id);
  if (current === nothing) panel(); else show(asked || current);
  if (linked) document.querySelector("#panel .systems .on + .legend").scrollIntoView({ block: "nearest" });
  named();
}
