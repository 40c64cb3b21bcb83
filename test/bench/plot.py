# SPDX-License-Identifier: GPL-2.0-only
"""The growth of dump and restore with memory, as an SVG."""

WIDTH, HEIGHT, LEFT, TOP = 420, 300, 60, 40
COLOURS = {"criu": "#c33", "pram": "#999", "plugin": "#06c"}
NAMES = {"criu": "CRIU on tmpfs", "pram": "images through PRAM", "plugin": "plugin"}


def points(rows, system, pages, what):
	"""The minimum time for each size."""
	best = {}
	for r in rows:
		if (r["system"], r["pages"], r["what"]) == (system, pages, what):
			mib = int(r["MiB"])
			best[mib] = min(r["value"], best.get(mib, r["value"]))
	return sorted(best.items())


def panel(rows, pages, what, x0):
	lines = {s: points(rows, s, pages, what) for s in COLOURS}
	all_points = [p for ps in lines.values() for p in ps]
	if not all_points:
		return
	right, high = max(x for x, _ in all_points), max(y for _, y in all_points) * 1.05

	def place(x, y):
		return (f"{x0 + LEFT + x / right * (WIDTH - LEFT - 20):.1f},"
			f"{TOP + (1 - y / high) * (HEIGHT - TOP - 40):.1f}")

	yield f'<text x="{x0 + LEFT}" y="24" font-weight="bold">{what}, {pages} pages</text>'
	yield f'<polyline points="{place(0, high)} {place(0, 0)} {place(right, 0)}" fill="none" stroke="#000"/>'
	for i in range(5):
		x, y = place(0, high * i / 4).split(",")
		yield f'<text x="{float(x) - 6}" y="{float(y) + 4}" text-anchor="end">{high * i / 4:.1f}</text>'
	for mib in sorted({x for x, _ in all_points}):
		x, y = place(mib, 0).split(",")
		yield f'<text x="{x}" y="{float(y) + 16}" text-anchor="middle">{mib}</text>'
	for system, ps in lines.items():
		yield (f'<polyline points="{" ".join(place(*p) for p in ps)}" fill="none" stroke-width="2"'
		       f' stroke="{COLOURS[system]}"/>')


def svg(rows):
	body = []
	for i, (pages, what) in enumerate((p, w) for p in ("4k", "thp") for w in ("dump", "restore")):
		body += panel(rows, pages, what, i * WIDTH)
	for i, (system, name) in enumerate(NAMES.items()):
		body.append(f'<text x="{LEFT + i * 200}" y="{HEIGHT + 16}" fill="{COLOURS[system]}">{name}</text>')
	body.append(f'<text x="{LEFT + 640}" y="{HEIGHT + 16}">seconds (emulated) over MiB touched</text>')
	return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{4 * WIDTH}" height="{HEIGHT + 30}"'
		' font-family="sans-serif" font-size="11">\n<rect width="100%" height="100%" fill="#fff"/>\n'
		+ "\n".join(body) + "\n</svg>\n")
