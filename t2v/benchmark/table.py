"""The benchmark's figures as tables to read."""


def summary(result: dict) -> str:
    """All tables that the command prints."""
    best = result["at_best"]
    lines = [
        f"{result['device']}, {result['processors']} processors, {result['torch_threads']} threads, "
        f"torch {result['torch']}; medians of {result['repeats']} turns",
        f"At best: {best['gflop_per_second']:,.0f} GFLOP/s (matrix product), {best['copied_gb_per_second']:.1f} GB/s "
        f"(memory copy), {best['written_gb_per_second']:.2f} GB/s (a file written), "
        f"{best['microseconds_per_new_file']:,.0f} µs a new file",
    ]
    if result["warning"]:
        lines.append(f"Warning: {result['warning']}")
    lines += ["", f"{'work':47} {'against':41} {'faster':>8} {'by processor':>12} {'reach':>7}"]
    lines += [comparison(row) for row in result["rows"]]
    lines += ["", f"{'training, on rendered scenes':30} {'a second':>12} {'share of best':>14} {'whole preset':>13}"]
    for name, row in result["steps"].items():
        speed = f"{row['clips_per_second']:,.0f} {row['counts']}"
        lines.append(f"{name:30} {speed:>12} {row['share_of_best']:>13.0%} {row['hours']:>11.1f} h")
    lines += ["", f"{'schedules of the tutorial, here':31} {'its way':>12} {'our way':>14}"]
    for row in result["schedules"]:
        work = f"{row['clips']:,} clips x {row['epochs']} epochs"
        lines.append(f"{work:31} {row['its_way_hours']:>10.1f} h {row['our_way_hours']:>12.1f} h")
    lines += ["", f"{'growth of cost':30} {'sizes':>24} {'exponent':>9} {'memory more':>12}"]
    for row in result["growth"]:
        sizes = f"{row['sizes'][0]:,} to {row['sizes'][-1]:,}"
        more = row["resident_mb_more"]
        lines.append(
            f"{row['work']:30} {sizes:>24} {row['exponent']:>9.2f} {'-' if more is None else f'{more:,.0f} MB':>12}"
        )
    return "\n".join(lines)


def comparison(row: dict) -> str:
    """One line of the first table."""
    head = f"{row['work']:47} {row['against']:41}"
    if "missing" in row:
        return f"{head} not measured: {row['missing']}"
    if "idle_mb" in row:
        memory = ", ".join("-" if mb is None else f"{mb:,.0f} MB" for mb in (row["idle_mb"], row["generating_mb"]))
        return f"{head} {row['seconds']:.1f} s, {memory} (reach {row['reach_seconds']} s, {row['reach_mb']:,} MB)"
    line = f"{head} {row['times_as_fast']:>7,.1f}x {row['times_less_processor']:>11,.1f}x {row['reach']:>6,}x"
    if "reach_seconds" in row:
        line += f"  {1000 * row['seconds']:,.0f} ms (reach {1000 * row['reach_seconds']:,.0f})"
    if "share_of_best" in row:
        line += f"  {row['share_of_best']:.0%} of the best"
    return line
