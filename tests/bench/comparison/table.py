"""Medians, ratios and exponents, and how they are printed."""

import math
import statistics

HEAD = f"{'':34} {'CPU ms':>11} {'wall ms':>11} {'RSS MiB':>8} {'x bare':>9} {'x full':>9} {'n':>3}"


class Row:
    def __init__(self, key, title, once):
        self.key = key
        self.title = title
        self.once = once
        self.costs = []  # by round

    @property
    def cpu(self):
        return statistics.median(cost.cpu for cost in self.costs)

    @property
    def spent(self):
        return sum(cost.wall for cost in self.costs) / 1e3  # seconds

    @property
    def unfinished(self):
        return any(cost.unfinished for cost in self.costs)


def ratio(one, to):
    """The median of each round's ratio."""
    return statistics.median(a.cpu / b.cpu for a, b in zip(one.costs, to.costs))


def exponent(costs):
    """Of a fit by least squares of cost ~ size ** exponent; `costs` maps sizes to costs."""
    return statistics.linear_regression([math.log(size) for size in costs],
                                        [math.log(cost) for cost in costs.values()]).slope


def line(row, bare, full):
    least = ">" if row.unfinished else ""
    ratios = [f"{least}{ratio(row, other):.3g}" if other else "" for other in (bare, full)]
    rss = max(cost.rss for cost in row.costs)
    wall = statistics.median(cost.wall for cost in row.costs)
    return (f"{row.title:34} {f'{least}{row.cpu:.2f}':>11} {f'{least}{wall:.2f}':>11} "
            f"{f'{rss:.1f}' if rss else '':>8} {ratios[0]:>9} {ratios[1]:>9} {len(row.costs):>3}")


def show(title, rows):
    by_key = {row.key: row for row in rows}
    print(f"\n{title}\n{HEAD}")
    for row in rows:
        print(line(row, by_key.get("bare"), by_key.get("full")), flush=True)


def show_daemon(title, figures):
    print(f"{title:34} {figures.cpu:11.2f} {'':11} {figures.rss:8.1f}   "
          f"{figures.samples} samples, {figures.overruns} late", flush=True)


def show_exponents(what, titles, costs):
    """`costs` maps each size to its costs by key, `titles` names the keys."""
    if len(costs) < 2:
        return
    print()
    for key, title in titles.items():
        by_size = {size: of[key] for size, of in costs.items()}
        sizes = ", ".join(f"{size}: {cost:.3g} ms" for size, cost in by_size.items())
        print(f"{title} ~ {what} ^ {exponent(by_size):.2f}   ({sizes})")
