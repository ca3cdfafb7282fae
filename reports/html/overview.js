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
  const time = (us, told) => el("div.tile" + (us >= 99950000 ? ".long" : ""), null, el("b", null, took(us)), el("span", null, told));
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
       time(run.took_us, "in all"),
       run.first_green_us > 0 && time(run.first_green_us, "from the command to the first green scenario")),
    svg("svg.share", {viewBox: "0 0 " + at + " 10", preserveAspectRatio: "none", role: "img",
                      "aria-label": shown.map((kind) => sums[kind] + " " + told[kind]).join(", ")}, parts));
}

// ---- findings

// What a probe of many people says fills a screen: its beginning tells, the rest is there for who asks.
function atLength(text) {
  if (!text || text.length <= 280) return text;
  return [text.slice(0, text.lastIndexOf(" ", 240)) + " … ", el("details.rest", null, el("summary", null, "all of it"), text)];
}

// `also`: other checks that failed at the same answer.
function finding(run, scenario, step, check, also) {
  const place = scenario.file + (step && step.line > 0 ? ":" + step.line : "");
  const row = (name, value) => value ? [el("dt", null, name), el("dd", null, value)] : [];
  return el("article.finding." + kindOf(check), null,
    el("h3", null, badge(kindOf(check)), " ", el("span.check", null, check.id), " ", check.level && level(check)),
    el("p.sentence", null, step && step.title ? step.title + ": " : "",
       atLength(check.reason || check.observed || "not as expected")),
    el("dl", null,
       (also || []).map((one) => row("also", one.id + ": " + (one.reason || one.observed + " instead of " + one.expected))),
       row("asked by", step && step.asked), row("expected", atLength(check.expected)), row("observed", atLength(check.observed)), row("clause", check.clause),
       row("remedy", check.known ? "" : (causeOf(run, scenario, check) || {}).fix ||
                     run.remedies[check.verdict === "errored" ? "" : scenario.suite + " " + check.id]),
       row("scenario", el("a", {href: "#" + encodeURIComponent(scenario.id)}, scenario.id)),
       row("at", place && el("code", null, place)),
       row("again", copyable(commandOn(run, "run", scenario.id))),
       row("replay", copyable(commandOn(run, "replay", run.id + "/" + scenario.id)))));
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
        if (same) {
          same[3] = (same[3] || 0) + 1;
          same[1] = same[1] || {line: step.line};
        }
        else list.push([scenario, step, check]);
      }
    }
  }
  found.failed.sort((a, b) => (a[2].level === "must" ? 0 : 1) - (b[2].level === "must" ? 0 : 1));
  return found;
}

// What a server does wrong, told once for all the checks that failed for it.
function causeOf(run, scenario, check) {
  if (check.known || check.verdict !== "failed") return undefined;
  return (run.causes || []).find((cause) => cause.target === scenario.target && cause.checks.includes(check.id));
}

function causeCard(run, cause, list) {
  const row = (name, value) => value ? [el("dt", null, name), el("dd", null, value)] : [];
  const most = 100;
  const body = el("div.findings", null);
  const fill = () => {
    if (body.childElementCount > 0) return;
    for (const [scenario, step, check] of list.slice(0, most)) body.append(finding(run, scenario, step, check));
    if (list.length > most) body.append(el("p.faint", null, "and " + count(list.length - most, "more") + ": filter the scenarios below"));
  };
  return el("article.finding.failed.cause", null,
    el("h3", null, badge("failed"), " ", el("span.check", null, cause.cause), " ", el("span.level", null, cause.gravity)),
    el("p.sentence", null, cause.target ? cause.target + ": " : "", cause.says),
    el("dl", null,
       row("explains", thousands(cause.explains) + " of " + count(cause.of, "failure")), row("fix", cause.fix),
       row("clause", cause.clause), row("more", copyable(commandOn(run, "explain", cause.cause)))),
    el("details.rest", {ontoggle: fill}, el("summary", null, count(list.length, "failed check")), body));
}

// What failed at one answer for no known cause is one finding, as in the other reports (OneForEachAnswer).
function oneForEachAnswer(list) {
  const joined = [];
  for (const entry of list) {
    const first = entry[2].exchange && joined.find((one) => one[1] === entry[1] && one[2].exchange === entry[2].exchange);
    if (first) first[4] = (first[4] || []).concat(entry[2]);
    else joined.push(entry);
  }
  return joined;
}

function drawFindings(run) {
  const section = document.getElementById("findings");
  const found = collectFindings(run);
  const causes = run.causes || [];
  const explained = new Map(causes.map((cause) => [cause, []]));
  found.failed = found.failed.filter((entry) => {
    const cause = causeOf(run, entry[0], entry[2]);
    if (cause) explained.get(cause).push(entry);
    return !cause;
  });
  found.failed = oneForEachAnswer(found.failed);
  const unexplained = causes.length > 0 ? "explained by no cause; " : "";
  const group = (title, hint, list, openAtFirst) => {
    if (list.length === 0) return null;
    const most = 100;
    const body = el("div.findings", null);
    const fill = () => {
      if (body.childElementCount > 0) return;
      for (const [scenario, step, check, more, also] of list.slice(0, most)) {
        const card = finding(run, scenario, step, check, also);
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
  const accepted = (run.accepted || []).filter((one) => one.explains > 0);
  put(section, [
    el("h2", null, "Findings"),
    run.error && el("p.alert", null, badge("errored"), " The run could not go on: " + run.error),
    causes.length > 0 && el("details.group", {open: true},
      el("summary", null, el("h3", null, "Causes: " + thousands(causes.length), " ",
                             el("span.faint", null, "what is wrong, the gravest first, each with the checks that failed for it"))),
      el("div.findings", null, causes.map((cause) => causeCard(run, cause, explained.get(cause))))),
    group("Demands broken: " + thousands(must.length), unexplained + "what must be, and is not", must, true),
    group("Recommendations not followed: " + thousands(should.length), unexplained + "what should be, and is not", should, true),
    passes.length > 0 &&
      el("div.alert", null, badge("failed"), " Listed as known failures, but passing: take them off the list.",
         el("ul", null, passes.map((name) => el("li", null, el("code", null, name))))),
    group("Not judged: " + thousands(found.errored.length), "nothing is known about these, neither good nor bad", found.errored,
          found.errored.length <= 10),
    accepted.length > 0 && el("div.alert", null, "Causes accepted for a time:",
      el("ul", null, accepted.map((one) => el("li", null, el("code", null, one.cause), (one.target ? " in " + one.target : "") + " until " +
        one.until + ", " + count(one.explains, "failure") + ": " + one.reason)))),
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
  const what = cell.operation || cell.tool;
  if (cell.verdict === "errored") return ["errored", "?", cell.caller + " asked for " + thing + ": could not be found out"];
  if (cell.verdict === "inapplicable") return ["inapplicable", "\u00b7", "does not apply"];
  if (cell.decision && cell.verdict === "failed") return ["leak", "!", cell.caller + ", " + cell.way + ": not " + cell.decision + " at " + what];
  if (cell.decision === "step-up") return ["stepup", "\u2191", cell.caller + " was told which scope " + what + " takes"];
  if (cell.decision === "hidden") return ["hidden", "\u25cb", what + " was not listed for " + cell.caller];
  if (cell.expected && cell.reached) return ["own", "\u2713", cell.caller + " reached " + thing + ", as they may"];
  if (!cell.expected && !cell.reached) return ["apart", "\u2013", cell.caller + " did not get " + thing];
  if (cell.reached) return ["leak", "!", "LEAK: " + cell.caller + " reached " + thing];
  return ["missing", "\u2715", cell.caller + " did not reach " + thing + ", but should have"];
}

const byName = (a, b) => (a === "nobody") - (b === "nobody") || a.localeCompare(b, "en", {numeric: true});
const CROWD = 8;  // more callers than that are drawn small

// One map for each operation and circle of people: callers by owners. A scenario with its own crowd gets its own
// picture. What is about a token's scopes has no owner: there it is callers by operations.
function collectMaps(run) {
  const targets = new Map();  // target -> key -> map
  for (const scenario of run.scenarios) {
    const people = [...new Set(scenario.matrix.flatMap((cell) => [cell.caller, cell.owner]))].sort(byName);
    for (const cell of scenario.matrix) {
      const maps = targets.get(cell.target) || new Map();
      targets.set(cell.target, maps);
      const operation = cell.operation || cell.tool;
      const scoped = Boolean(cell.way) && cell.caller !== "nobody";
      const title = scoped ? cell.way : cell.tool;
      const key = [title, scoped ? "" : operation, ...people].join("\n");
      const map = maps.get(key) || {title, note: scoped || operation === cell.tool ? "" : operation, scoped,
                                    rows: new Set(), columns: new Set(), cells: new Map(), scenario: scenario.id};
      maps.set(key, map);
      const column = scoped ? operation : cell.owner;
      map.rows.add(cell.caller);
      map.columns.add(column);
      const at = cell.caller + "\n" + column;
      map.cells.set(at, [...(map.cells.get(at) || []), {...cell, scenario: scenario.id}]);
    }
  }
  return targets;
}

const isCrowd = (map) => map.rows.size > CROWD;

function drawMap(map) {
  const small = isCrowd(map);
  const link = (id) => "#" + encodeURIComponent(id);
  const seen = {};
  const rows = [...map.rows].sort(byName);
  const columns = [...map.columns].sort(byName);
  const head = (name) => (map.scoped ? el("code", null, name) : person(name));
  const body = rows.map((caller) => el("tr", null,
    el("th", {scope: "row"}, person(caller)),
    columns.map((column) => {
      const here = map.cells.get(caller + "\n" + column);
      if (!here) return el("td", null, el("span.cell.untried", {title: caller + " asking for " + column + (map.scoped ? "" : "'s") + ": not tried"}, ""));
      const cell = worst(here);
      const [kind, letter, words] = meaning(cell);
      seen[kind] = (seen[kind] || 0) + 1;
      // Hundreds of links that all lead to one place would be in everybody's way.
      const usual = small && kind !== "leak" && kind !== "missing" && kind !== "errored";
      return el("td", null, usual ? el("span.cell." + kind, {title: words}, letter)
        : el("a.cell." + kind, {href: link(cell.scenario), title: words, "aria-label": map.title + ": " + words}, letter));
    })));
  const words = KINDS.filter(([kind]) => seen[kind]).map(([kind, , told]) => seen[kind] + " " + told).join(", ");
  return el("table.map" + (small ? ".small" : "") + (map.scoped ? ".scoped" : ""), null,
    el("caption", null, el("code", null, map.title), map.note && el("span", null, map.note), el("span.faint", null, words),
       small && el("a", {href: link(map.scenario)}, "scenario")),
    el("thead", null, el("tr", null, el("td", null), columns.map((name) => el("th", {scope: "col"}, head(name))))),
    el("tbody", null, body));
}

// What a cell may be, its sign, and what it is called.
const KINDS = [["own", "\u2713", "reached as allowed"], ["apart", "\u2013", "kept away"], ["stepup", "\u2191", "told which scope it takes"],
               ["hidden", "\u25cb", "not listed"], ["leak", "!", "leaked"], ["missing", "\u2715", "not reached, but allowed"],
               ["errored", "?", "not found out"]];

function drawMatrix(run) {
  const targets = collectMaps(run);
  const section = document.getElementById("matrix");
  if (targets.size === 0) return;
  const scoped = run.scenarios.some((scenario) => scenario.matrix.some((cell) => cell.decision));
  const cards = (wanted) => [...targets].map(([target, maps]) => [target, [...maps.values()].filter(wanted)])
    .filter(([, maps]) => maps.length > 0)
    .map(([target, maps]) => el("div.card", {tabindex: "0", role: "group", "aria-label": target},
                                el("h3", null, target), el("div.maps", null, maps.map(drawMap))));
  put(section, [
    el("h2", null, "Who reached whose things"),
    el("p.faint", null, "Each row is who asked, each column whose thing it is, each table one tool of a server. On the diagonal everybody " +
       "reaches their own; elsewhere nobody may reach anything, unless the system file allows it. Click a cell for the scenario that tried it."),
    el("div.legend", null, KINDS.filter(([kind]) => scoped || (kind !== "stepup" && kind !== "hidden")).map(([kind, letter, words]) =>
      el("span", null, el("span.cell." + kind, {"aria-hidden": "true"}, letter), " " + words)),
       el("span", null, el("span.cell.untried", {"aria-hidden": "true"}, ""), " not tried")),
    el("div.targets", null, cards((map) => !isCrowd(map))),
    el("div.targets", null, cards(isCrowd)),
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
    const words = Object.entries(sum).filter(([, n]) => n > 0).map(([name, n]) => thousands(n) + " " + name).join(", ");
    const text = sum.failed > 0 ? thousands(sum.failed) + " failed" : sum.errored > 0 ? thousands(sum.errored) + " errored"
               : sum.passed > 0 ? thousands(sum.passed) : thousands(sum.inapplicable) + " inapplicable";
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
    el("div.scroll", {tabindex: "0", role: "region", "aria-label": "Components"}, el("table.plain", null,
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
