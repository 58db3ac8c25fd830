"""Medians and ranges, as a Markdown table for each case and as JSON."""
import json
import os
import platform
import ssl
import statistics
import time


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}, {ssl.OPENSSL_VERSION}"


def summary(rows):
    """{figure: {median, least, most, runs}}, or the reason why there is none."""
    refusals = [row["refused"] for row in rows if "refused" in row]
    if len(refusals) == len(rows):
        return {"refused": refusals[0]}
    figures = {}
    for row in rows:
        for name, value in row.items():
            figures.setdefault(name, []).append(value)
    figures.pop("refused", None)
    return {name: {"median": statistics.median(values), "least": min(values), "most": max(values), "runs": len(values)}
            for name, values in figures.items()}


def digits(value):
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def cell(figure):
    return f"{digits(figure['median'])} ({digits(figure['least'])}–{digits(figure['most'])})" if figure else "–"


def table(title, summaries):
    """One line a figure, one column a broker: median (least–most)."""
    names = []
    for figures in summaries.values():
        names += [name for name in figures if name not in names and name != "refused"]
    lines = [f"### {title}", "", "| | " + " | ".join(summaries) + " |", "|---" * (len(summaries) + 1) + "|"]
    for name in names:
        cells = [cell(figures.get(name)) for figures in summaries.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += [f"\n{broker}: **{figures['refused']}**" for broker, figures in summaries.items() if "refused" in figures]
    return "\n".join(lines) + "\n"


class Report:
    """What was measured so far; the JSON is written after every case, so that a stopped run leaves something."""

    def __init__(self, brokers, repeats, path):
        self.path = path
        self.content = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": machine(),
                        "repeats": repeats, "durability": {broker.name: broker.durability for broker in brokers},
                        "cases": []}
        print(f"{machine()}; {repeats} interleaved runs each, median (least–most).")
        for broker in brokers:
            print(f"- {broker.name}: durability {broker.durability}")
        print(flush=True)

    def add(self, title, parameters, rows):
        summaries = {broker.name: summary(measured) for broker, measured in rows.items()}
        print(table(title, summaries), flush=True)
        self.content["cases"].append({"title": title, **parameters, "summary": summaries,
                                      "rows": {broker.name: measured for broker, measured in rows.items()}})
        if self.path:
            self.path.write_text(json.dumps(self.content, indent=1, ensure_ascii=False) + "\n")
