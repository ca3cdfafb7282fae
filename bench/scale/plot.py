"""Costs over sizes as SVG: a panel for each family, both axes logarithmic, a dashed line of what is linear beside each curve."""
import html
import math

WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT = 560, 340, 64, 44, 46, 150
COLOURS = {"wall": "#1f5fa8", "cpu": "#a33d4b", "memory": "#3d7a4b"}


class Axis:
    """From values to places, by their logarithm, a little air at both ends."""

    def __init__(self, values, begin, end):
        self.low, self.high = math.log10(min(values)) - 0.08, math.log10(max(values)) + 0.08
        self.begin, self.end = begin, end

    def __call__(self, value):
        return self.begin + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.begin)

    def marks(self):
        for power in range(math.floor(self.low), math.ceil(self.high) + 1):
            if self.low <= power <= self.high:
                yield 10.0 ** power


def text(x, y, words, anchor="start", colour="#222", size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}">{html.escape(words)}</text>'


def panel(title, x_name, rows, by, costs):
    xs = [row[by] for row in rows]
    across = Axis(xs, LEFT, WIDTH - RIGHT)
    up = Axis([row[key] for row in rows for key in costs], HEIGHT - BOTTOM, TOP)
    out = [text(LEFT, 22, title, size=14), text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_name, "middle")]
    for mark in up.marks():
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up(mark):.1f}" y2="{up(mark):.1f}" stroke="#ddd"/>')
        out.append(text(LEFT - 6, up(mark) + 4, f"{mark:g}", "end"))
    for x in xs:
        out.append(f'<line x1="{across(x):.1f}" x2="{across(x):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#eee"/>')
        out.append(text(across(x), HEIGHT - BOTTOM + 16, f"{x:,}", "middle"))
    labels = []
    for key, (name, unit) in costs.items():
        ys = [row[key] for row in rows]
        points = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in zip(xs, ys))
        out.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[key]}" stroke-width="2"/>')
        out += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3" fill="{COLOURS[key]}"/>' for x, y in zip(xs, ys)]
        # Proportional to the size and through the last point, as far down as the panel goes.
        least = max(xs[0], xs[-1] * 10 ** up.low / ys[-1])
        out.append(f'<line x1="{across(least):.1f}" y1="{up(ys[-1] * least / xs[-1]):.1f}" x2="{across(xs[-1]):.1f}" '
                   f'y2="{up(ys[-1]):.1f}" stroke="{COLOURS[key]}" stroke-dasharray="3 4" opacity="0.6"/>')
        labels.append([up(ys[-1]), f"{name}, {unit}", COLOURS[key]])
    labels.sort()
    for place, label in enumerate(labels):
        label[0] = max(label[0], labels[place - 1][0] + 16 if place else TOP)
        out.append(text(WIDTH - RIGHT + 8, label[0] + 4, label[1], colour=label[2]))
    return out


def draw(panels, costs, machine):
    """`panels`: (title, name of the horizontal axis, rows, key of the size in a row)."""
    width, height = WIDTH * len(panels), HEIGHT + 24
    words = "What a run costs over the number of people and of cells; dashed: proportional"
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif">',
           f"<title>{html.escape(words)}</title>", f'<rect width="{width}" height="{height}" fill="#fff"/>']
    for number, (title, x_name, rows, by) in enumerate(panels):
        out += [f'<g transform="translate({number * WIDTH} 0)">', *panel(title, x_name, rows, by, costs), "</g>"]
    out += [text(LEFT, HEIGHT + 14, f"Both axes logarithmic; dashed: proportional to the size. {machine}.", size=11), "</svg>"]
    return "\n".join(out) + "\n"
