// The upper half: numbers, what failed, the matrix, suites by servers, components.

function drawNumbers(run) {
  const sums = run.totals;
  const kinds = ["passed", "failed", "errored", "known", "inapplicable"];
  const told = {passed: "passed", failed: "failed", errored: "could not be judged",
                known: "failed, as listed", inapplicable: "do not apply"};
  const shown = kinds.filter((kind) => sums[kind] > 0 || kind === "passed" || kind === "failed" || kind === "errored");
  const tiles = shown.map((kind) =>
    el("div.tile." + (sums[kind] > 0 ? kind : "none"), null,
       el("b", null, thousands(sums[kind])), el("span", null, told[kind])));
  const all = Math.max(1, sums.checks);
  let at = 0;
  const parts = shown.filter((kind) => sums[kind] > 0).map((kind) => {
    // A single failure among thousands still shows.
    const width = Math.max(6, (sums[kind] / all) * 1000);
    const part = svg("rect.fill-" + kind, {x: at, y: 0, width, height: 10}, svg("title", null, sums[kind] + " " + told[kind]));
    at += width;
    return part;
  });
  document.getElementById("numbers").append(
    el("div.tiles", null, el("div.tile", null, el("b", null, thousands(sums.checks)), el("span", null, "checks")),
       tiles,
       el("div.tile", null, el("b", null, thousands(run.scenarios.length)), el("span", null, "scenarios")),
       el("div.tile", null, el("b", null, took(run.took_us)), el("span", null, "in all")),
       run.first_green_us > 0 &&
         el("div.tile", null, el("b", null, took(run.first_green_us)), el("span", null, "to the first green scenario"))),
    svg("svg.share", {viewBox: "0 0 " + at + " 10", preserveAspectRatio: "none", role: "img",
                      "aria-label": shown.map((kind) => sums[kind] + " " + told[kind]).join(", ")}, parts));
}

// ---- findings

function finding(scenario, step, check) {
  const place = scenario.file + (step && step.line > 0 ? ":" + step.line : "");
  const row = (name, value) => value ? [el("dt", null, name), el("dd", null, value)] : [];
  return el("article.finding." + kindOf(check), null,
    el("h3", null, badge(kindOf(check)), " ", el("span.check", null, check.id), " ", check.level && level(check)),
    el("p.sentence", null, step && step.title ? step.title + ": " : "",
       check.reason || check.observed || "not as expected"),
    el("dl", null,
       row("expected", check.expected), row("observed", check.observed), row("clause", check.clause),
       row("scenario", el("a", {href: "#" + encodeURIComponent(scenario.id)}, scenario.id)),
       row("at", place && el("code", null, place)),
       row("again", copyable("./iff run " + scenario.id))));
}

function collectFindings(run) {
  const found = {failed: [], errored: [], known: []};
  for (const scenario of run.scenarios) {
    if (scenario.own && scenario.own.verdict === "errored") found.errored.push([scenario, null, scenario.own]);
    for (const step of scenario.steps) {
      for (const check of step.checks) {
        const list = found[kindOf(check)];
        // One cause that kept many checks of a scenario from being judged is one finding.
        const cause = (entry) => entry[0] === scenario && check.reason && entry[2].reason &&
                                 (entry[2].reason === check.reason || check.reason.endsWith(entry[2].reason));
        if (!list) continue;
        const same = check.verdict === "errored" && list.length > 0 && cause(list[list.length - 1]) && list[list.length - 1];
        if (same) same[3] = (same[3] || 0) + 1;
        else list.push([scenario, step, check]);
      }
    }
  }
  found.failed.sort((a, b) => (a[2].level === "must" ? 0 : 1) - (b[2].level === "must" ? 0 : 1));
  return found;
}

function drawFindings(run) {
  const section = document.getElementById("findings");
  const found = collectFindings(run);
  const group = (title, hint, list, openAtFirst) => {
    if (list.length === 0) return null;
    const most = 100;
    const body = el("div.findings", null);
    const fill = () => {
      if (body.childElementCount > 0) return;
      for (const [scenario, step, check, more] of list.slice(0, most)) {
        const card = finding(scenario, step, check);
        if (more) card.append(el("p.faint", null, "and " + count(more, "more check") + " for the same reason"));
        body.append(card);
      }
      if (list.length > most) body.append(el("p.faint", null, "and " + count(list.length - most, "more") + ": filter the scenarios below"));
    };
    if (openAtFirst) fill();
    return el("details.group", {open: openAtFirst, ontoggle: fill},
              el("summary", null, el("h3", null, title, " ", el("span.faint", null, hint))), body);
  };
  const must = found.failed.filter((entry) => entry[2].level === "must");
  const should = found.failed.filter((entry) => entry[2].level !== "must");
  const passes = run.unexpected_passes;
  put(section, [
    el("h2", null, "Findings"),
    run.error && el("p.alert", null, badge("errored"), " The run could not go on: " + run.error),
    group("Demands broken: " + thousands(must.length), "what must be, and is not", must, true),
    group("Recommendations not followed: " + thousands(should.length), "what should be, and is not", should, true),
    passes.length > 0 &&
      el("div.alert", null, badge("failed"), " Listed as known failures, but passing: take them off the list.",
         el("ul", null, passes.map((name) => el("li", null, el("code", null, name))))),
    group("Not judged: " + thousands(found.errored.length), "nothing is known about these, neither good nor bad", found.errored,
          found.errored.length <= 10),
    group("Known failures: " + thousands(found.known.length), "accepted for a time, with a reason, in known_failures.json",
          found.known, false),
  ]);
  section.hidden = section.childElementCount < 2;
}

// ---- the matrix identity x tool x owner

const worst = (cells) => {
  const rank = (cell) => (cell.verdict === "failed" ? 3 : cell.verdict === "errored" ? 2 : 1);
  return cells.reduce((a, b) => (rank(b) > rank(a) ? b : a));
};

function meaning(cell) {
  const thing = cell.caller === cell.owner ? "their own things" : cell.owner + "'s things";
  if (cell.verdict === "errored") return ["errored", "?", cell.caller + " asked for " + thing + ": could not be found out"];
  if (cell.verdict === "inapplicable") return ["inapplicable", "\u00b7", "does not apply"];
  if (cell.expected && cell.reached) return ["own", "\u2713", cell.caller + " reached " + thing + ", as they may"];
  if (!cell.expected && !cell.reached) return ["apart", "\u2013", cell.caller + " did not get " + thing];
  if (cell.reached) return ["leak", "!", "LEAK: " + cell.caller + " reached " + thing];
  return ["missing", "\u2715", cell.caller + " did not reach " + thing + ", but should have"];
}

function drawMatrix(run) {
  const targets = new Map();  // target -> tool -> "caller owner" -> cells
  const callers = new Set();
  const owners = new Set();
  for (const scenario of run.scenarios) {
    for (const cell of scenario.matrix) {
      const tools = targets.get(cell.target) || new Map();
      targets.set(cell.target, tools);
      const cells = tools.get(cell.tool) || new Map();
      tools.set(cell.tool, cells);
      const key = cell.caller + "\n" + cell.owner;
      cells.set(key, [...(cells.get(key) || []), {...cell, scenario: scenario.id}]);
      callers.add(cell.caller);
      owners.add(cell.owner);
    }
  }
  const section = document.getElementById("matrix");
  if (targets.size === 0) return;
  const map = (tool, cells) =>
    el("table.map", null,
      el("caption", null, tool),
      el("thead", null, el("tr", null, el("td", null), [...owners].map((owner) => el("th", {scope: "col"}, person(owner))))),
      el("tbody", null, [...callers].map((caller) => el("tr", null,
        el("th", {scope: "row"}, person(caller)),
        [...owners].map((owner) => {
          const here = cells.get(caller + "\n" + owner);
          if (!here) return el("td", null, el("span.cell.untried", {title: "not tried"}, ""));
          const cell = worst(here);
          const [kind, letter, words] = meaning(cell);
          return el("td", null, el("a.cell." + kind, {href: "#" + encodeURIComponent(cell.scenario),
                                                      title: words, "aria-label": tool + ": " + words}, letter));
        })))));
  const legend = [["own", "\u2713", "reached their own"], ["apart", "\u2013", "kept away"], ["leak", "!", "leak"],
                  ["missing", "\u2715", "did not reach their own"], ["errored", "?", "not found out"]];
  put(section, [
    el("h2", null, "Who reached whose things"),
    el("p.faint", null, "Each row is a caller, each column an owner. On the diagonal everybody reaches their own; elsewhere " +
       "nobody may reach anything. A cell leads to the scenario that tried it."),
    el("div.legend", null, legend.map(([kind, letter, words]) =>
      el("span", null, el("span.cell." + kind, {"aria-hidden": "true"}, letter), " " + words))),
    el("div.targets", null, [...targets].map(([target, tools]) => el("div.card", null,
      el("h3", null, target), el("div.maps", null, [...tools].map(([tool, cells]) => map(tool, cells)))))),
  ]);
  section.hidden = false;
}

// ---- suites by servers

function drawSuites(run, choose) {
  const suites = new Map();
  const targets = new Set();
  for (const scenario of run.scenarios) {
    const row = suites.get(scenario.suite) || new Map();
    suites.set(scenario.suite, row);
    targets.add(scenario.target);
    const sum = row.get(scenario.target) || {passed: 0, failed: 0, errored: 0, known: 0, inapplicable: 0};
    row.set(scenario.target, sum);
    if (scenario.own) sum[scenario.own.verdict] += 1;
    for (const step of scenario.steps) for (const check of step.checks) sum[kindOf(check)] += 1;
  }
  if (suites.size === 0) return;
  const cell = (suite, target, sum) => {
    if (!sum) return el("td.empty", null, "");
    const kind = sum.failed > 0 ? "failed" : sum.errored > 0 ? "errored" : sum.passed > 0 ? "passed" : "inapplicable";
    const words = Object.entries(sum).filter(([, n]) => n > 0).map(([name, n]) => n + " " + name).join(", ");
    const text = sum.failed > 0 ? sum.failed + " failed" : sum.errored > 0 ? sum.errored + " errored"
               : sum.passed > 0 ? thousands(sum.passed) : "n/a";
    return el("td", null, el("button.sum." + kind, {type: "button", title: words, "aria-label": suite + " on " + target + ": " + words,
                                                    onclick: () => choose({suite, target})}, text));
  };
  const section = document.getElementById("suites");
  put(section, [
    el("h2", null, "Suites and servers"),
    el("p.faint", null, "How many checks passed; where one did not, how many did not. A cell leads to its scenarios."),
    el("div.scroll", null, el("table.grid", null,
      el("thead", null, el("tr", null, el("th", {scope: "col"}, "suite"), [...targets].map((t) => el("th", {scope: "col"}, t || "none")))),
      el("tbody", null, [...suites].map(([suite, row]) =>
        el("tr", null, el("th", {scope: "row"}, suite), [...targets].map((target) => cell(suite, target, row.get(target)))))))),
  ]);
  section.hidden = false;
}

// ---- components

function drawComponents(run) {
  const section = document.getElementById("components");
  if (run.components.length === 0) return;
  const longest = Math.max(1, ...run.components.map((component) => component.start_us));
  put(section, [
    el("h2", null, "Components"),
    el("div.scroll", null, el("table.plain", null,
      el("thead", null, el("tr", null, ["component", "version", "how", "ready after", ""].map((t) => el("th", {scope: "col"}, t)))),
      el("tbody", null, run.components.map((component) => el("tr", null,
        el("th", {scope: "row"}, component.name), el("td", null, component.version), el("td", null, component.how),
        el("td.number", null, took(component.start_us)),
        el("td", null, svg("svg.startbar", {viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true"},
          svg("rect.fill-accent", {x: 0, y: 0, width: Math.max(1, (100 * component.start_us) / longest), height: 8})))))))),
    el("p.faint", null, "iff " + run.version + ", run " + run.id),
  ]);
  section.hidden = false;
}
