"""Who is too far from a public service, and where to build next.

The story, each verb a function from tables to tables (see docs/design.md):

    project  = load_project("planner.toml")          what is asked
    layers   = read_layers(project)                  files in, clean tables out
    network  = build_network(layers.streets)         what people move on
    findings = run_checks(layers, network=network)   what is wrong in the data
    times    = travel_times(network, …)              minutes from demand to facilities
    coverage = measure_coverage(times, demand, …)    who is served
    gaps     = find_gaps(coverage, …)                where nobody is
    plan     = propose_sites(MCLP(15, p=5), …)       where to build next
    plan     = phase_plan(MCLP(15, budget=…), …)     when, with a budget a year
    layers   = apply_scenario(layers, Scenario(…))   what if
    study    = run(project)                          all of it
    write_outputs(study, "outputs/…")                map, report, annex, tables

Names are loaded when first used, so that importing the package costs nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
