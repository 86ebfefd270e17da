# SPDX-License-Identifier: Apache-2.0
"""The figures as one readable table."""

TARGETS = "targets: >= 5,000/s at 256; accept p99 <= 60 ms, decision p99 <= 150 ms; one alone <= 5 ms p50; hub RSS <= 150 MiB; " \
          "1,000,000 open within 1.3 x of 10,000; ready <= 2 s; six slow < 1.5 x one"


def run_line(name, run):
    return (f"{name:>22} {run['applications_per_s']:>9.0f} {run['accept_ms']['p50']:>8.1f} {run['accept_ms']['p99']:>8.1f} "
            f"{run['decision_ms']['p50']:>8.1f} {run['decision_ms']['p99']:>8.1f} {run['decision_ms']['max']:>8.1f} "
            f"{run['cpu_us_per_application']['all']:>8.1f} {run['commits_per_s']:>9.1f} {run['hub_rss_mib']:>8.1f} {run['all_rss_mib']:>8.1f} "
            f"{100 * run['others_cpu_share']:>7.0f}%")


def show_machine(result):
    machine = result["machine"]
    print(f"commit {result['commit']}, seed {result['seed']}, {result['durability']}")
    print(f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['kernel']}, disk {machine['disk']}")
    print(f"{machine['compiler']}; {', '.join(machine['versions'])}")
    print(f"load average before {machine['load_average_before']:.1f}, after {machine['load_average_after']:.1f} "
          "(everything, the load generator included, on these cores; `others` below: the share of them that went elsewhere)")


def show_runs(result):
    print(f"\n{'':>22} {'appl./s':>9} {'accept':>8} {'ms p99':>8} {'decision':>8} {'ms p99':>8} {'ms max':>8} {'CPU us':>8} "
          f"{'commits/s':>9} {'hub MiB':>8} {'all MiB':>8} {'others':>8}")
    for run in result["runs"]:
        print(run_line(f"{run['in_flight']} in flight", run))
    for run in result["scale"]:
        print(run_line(f"256, {run['open']:,} open", run))
    floor = result["floor"]
    print(f"{'floor: bare SQLite':>22} {floor['applications_per_s']:>9.0f} {'':>44} {floor['cpu_us_per_application']:>8.1f} "
          f"{floor['commits_per_s']:>9.1f}   batch {floor['batch']}, {floor['writes_per_application']:.1f} writes an application; "
          f"the hub reaches {result['ratio_to_floor']:.2f} of it")


def show_cpu(result):
    print("\nCPU us per application, user + system:")
    for run in result["runs"] + result["scale"]:
        name = f"{run['in_flight']} in flight" + (f", {run['open']:,} open" if "open" in run else "")
        parts = ", ".join(f"{part} {row['user']:.0f}+{row['system']:.0f}" for part, row in run["cpu_us_per_application"].items()
                          if part != "all")
        print(f"{name:>26}: {parts}")


def show_rest(result):
    parallel = result["parallel"]
    print(f"\nparallel: one department of {parallel['delay_ms']} ms decides in {parallel['one_ms']:.1f} ms, six of them in "
          f"{parallel['six_ms']:.1f} ms: {parallel['ratio']:.2f} x")
    for run in result["scale"]:
        print(f"{run['open']:,} open: seeded at {run['seeded_per_s']:,}/s; against the fewest: CPU {run['cpu_ratio']:.2f} x, "
              f"RSS {run['rss_ratio']:.2f} x, rate {run['rate_ratio']:.2f} x")
    for row in result["recovery"]:
        print(f"kill -9 under load, {row['open']:,} open: ready after {row['ready_s']:.2f} s, first POST answered after "
              f"{row['first_answer_s']:.2f} s")
    print(TARGETS)


def show(result):
    show_machine(result)
    show_runs(result)
    show_cpu(result)
    show_rest(result)
