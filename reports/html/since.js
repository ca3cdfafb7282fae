// This run beside an earlier one, and how long things took.

const SINCE = [
  ["new", "failed", "new: does not pass, and did or was not there"],
  ["lost", "failed", "no longer judged"],
  ["still", "errored", "still: did not pass then either"],
  ["fixed", "passed", "fixed since"],
];

function drawSince(run) {
  const section = document.getElementById("since");
  const compared = run.compared;
  if (!compared) return;
  const of = (kind) => compared.differences.filter((one) => one.kind === kind);
  const fewer = of("lost").length > 0 || compared.checks_now < compared.checks_before;
  const decisions = compared.decisions || [];
  const most = 100;
  put(section, [
    el("h2", null, "Since run " + compared.run),
    fewer && el("p.alert.bad", {role: "note"}, badge("failed"), " Fewer checks than before: ",
      el("b", null, thousands(compared.checks_before) + " then, " + thousands(compared.checks_now) + " now"),
      of("lost").length > 0 ? ", and " + count(of("lost").length, "check") + " of then " + (of("lost").length === 1 ? "is" : "are") +
        " not judged any more. That is a regression, even if everything else passes." : "."),
    el("div.tiles", null, SINCE.map(([kind, colour, told]) => el("div.tile." + (of(kind).length > 0 ? colour : "none"), null,
      el("b", null, thousands(of(kind).length)), el("span", null, told)))),
    SINCE.filter(([kind]) => of(kind).length > 0).map(([kind, , told]) => el("details.group", {open: kind !== "still"},
      el("summary", null, el("h3", null, told, ": " + thousands(of(kind).length))),
      el("ul.differences", null, of(kind).slice(0, most).map((one) => el("li", null,
        el("span.check", null, one.check), " in ",
        run.byId.has(one.scenario) ? el("a", {href: "#" + encodeURIComponent(one.scenario)}, one.scenario) : one.scenario, " ",
        el("span.faint", null, (one.before || "not there") + " then, " + (one.now || "not judged") + " now"))),
        of(kind).length > most && el("li.faint", null, "and " + count(of(kind).length - most, "more"))))),
    compared.differences.length === 0 && el("p", null, "No check has another verdict than then."),
    decisions.length > 0 && el("details.group", {open: true},
      el("summary", null, el("h3", null, "who may do what has changed: " + thousands(decisions.length))),
      el("ul.differences", null, decisions.slice(0, most).map((one) => el("li", null,
        (one.caller || "nobody") + " asks " + one.target + " for " + one.operation + (one.owner ? " of " + one.owner : "") +
          (one.way ? ", " + one.way : "") + " ",
        el("span.faint", null, (one.before || "not asked") + " then, " + (one.now || "not asked") + " now"))),
        decisions.length > most && el("li.faint", null, "and " + count(decisions.length - most, "more")))),
  ]);
  section.hidden = false;
}

// ---- latency

function drawHistogram(measured) {
  const most = Math.max(...measured.buckets.map(([, , n]) => n));
  const wide = 300 / measured.buckets.length;
  const words = count(measured.count, "call") + ", half of them within " + took(measured.p50_us) + ", 99 of 100 within " + took(measured.p99_us);
  const first = measured.buckets[0];
  const last = measured.buckets[measured.buckets.length - 1];
  return el("div.card.latency", null,
    el("h3", null, measured.lane, " ", el("code", null, measured.title)),
    svg("svg", {viewBox: "0 0 300 80", role: "img", "aria-label": words}, measured.buckets.map(([from, to, n], i) =>
      svg("rect.fill-accent", {x: i * wide + 1, y: 78 - (n / most) * 74, width: Math.max(1, wide - 2), height: n > 0 ? Math.max(2, (n / most) * 74) : 0},
        svg("title", null, took(from) + " to " + took(to) + ": " + n))), svg("line.rail", {x1: 0, y1: 79, x2: 300, y2: 79})),
    el("p.faint.ends", null, el("span", null, took(first[0])), el("span", null, took(last[1]))),
    el("dl.quantiles", null, [["calls", thousands(measured.count)], ["p50", took(measured.p50_us)], ["p90", took(measured.p90_us)],
                              ["p99", took(measured.p99_us)], ["longest", took(measured.max_us)]]
      .map(([name, value]) => el("div", null, el("dt", null, name), el("dd", null, value)))));
}

function drawLatency(run) {
  const section = document.getElementById("latency");
  if (run.latency.length === 0) return;
  put(section, [
    el("h2", null, "How long calls took"),
    el("p.faint", null, "Answered calls of this run, as the client saw them, scenarios side by side and faults included: a picture of this run, no benchmark. " +
       "The scale is logarithmic."),
    el("div.latencies", null, run.latency.map(drawHistogram)),
  ]);
  section.hidden = false;
}
