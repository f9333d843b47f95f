/* Two maps that move together; shapes come packed as in planner/report/pack.py. */
function plannerCompare(data) {
  "use strict";
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
  const esc = (s) => String(s).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const rings = unpack(data.rings);
  const percent = (x) => (x === null ? data.no_data : (100 * x).toFixed(1) + "%");
  const colour = (x) => {
    if (x === null) return data.none;
    let k = 0;
    while (k + 1 < data.breaks.length && x >= data.breaks[k + 1]) k++;
    return data.colours[k];
  };
  const sides = ["before", "after"].map((id, side) => {
    const map = L.map(id, { zoomSnap: 0.25, preferCanvas: true });
    map.attributionControl.setPrefix(false).addAttribution(esc(data.credit));
    const group = L.layerGroup().addTo(map);
    const draw = (service) => {
      group.clearLayers();
      rings.forEach((ring, k) => {
        const place = data.owners[k], both = data.shares[service][place];
        L.polygon(ring, { color: "#fff", weight: 1, fillColor: colour(both[side]), fillOpacity: 0.85 })
          .bindTooltip(`<b>${esc(data.names[place])}</b><br>${percent(both[0])} → ${percent(both[1])}`, { sticky: true })
          .addTo(group);
      });
      data.points[side][service].forEach((at) =>
        L.circleMarker(at, { radius: 4, color: "#fff", weight: 1, fillColor: "#08306b", fillOpacity: 1 }).addTo(group));
    };
    return { map, draw };
  });
  const everything = rings.flat().concat(...data.points.map((p) => Object.values(p).flat()));
  const bounds = everything.length ? L.latLngBounds(everything) : [[20, 100], [40, 120]];
  let leading = null;
  sides.forEach((side, k) => {
    side.map.fitBounds(bounds, { animate: false, padding: [4, 4] });
    side.map.on("move", () => {
      if (leading !== null) return;
      leading = k;
      sides[1 - k].map.setView(side.map.getCenter(), side.map.getZoom(), { animate: false });
      leading = null;
    });
  });
  const select = document.getElementById("service");
  data.services.forEach(([id, name]) => select.add(new Option(name, id)));
  const show = () => sides.forEach((side) => side.draw(select.value));
  select.addEventListener("change", show);
  show();
  document.getElementById("legend").innerHTML = data.classes.map((name, k) => `<span><i style="background:${data.colours[k]}"></i>${esc(name)}</span>`).join("")
    + `<span><i style="background:${data.none}"></i>${esc(data.no_data)}</span>`;
}
