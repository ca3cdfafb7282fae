// Puts the page together: reads the result, draws the upper half, lists the scenarios and filters them.

function drawList(run) {
  const section = document.getElementById("scenarios");
  const rows = run.scenarios.map((scenario, index) => ({
    scenario,
    node: drawScenario(run, scenario, index),
    // Everything a person may remember of it, in one text.
    text: [scenario.id, scenario.title, scenario.error, scenario.inapplicable, ...scenario.steps.flatMap((step) =>
      [step.title, ...step.checks.flatMap((check) => [check.id, check.reason, check.clause, kindOf(check)])])]
      .filter(Boolean).join("\n").toLowerCase(),
    kinds: new Set([scenario.verdict, ...scenario.steps.flatMap((step) => step.checks.map(kindOf))]),
  }));
  const values = (of) => [...new Set(run.scenarios.flatMap(of))].filter(Boolean).sort();
  const select = (name, label, options) => el("label", null, label + " ",
    el("select", {name}, el("option", {value: ""}, "all"), options.map((value) => el("option", {value}, value))));
  const search = el("input", {type: "search", name: "text", placeholder: "search: scenario, check, reason, clause", "aria-label": "Search"});
  const told = el("p.faint", {role: "status"}, "");
  const form = el("form.filters", {role: "search", onsubmit: (event) => event.preventDefault()},
    search,
    select("suite", "suite", values((scenario) => scenario.suite)),
    select("target", "target", values((scenario) => scenario.target)),
    select("verdict", "verdict", ["passed", "failed", "errored", "known", "inapplicable"].filter((kind) => rows.some((row) => row.kinds.has(kind)))),
    select("identity", "identity", values((scenario) => scenario.subjects)),
    el("button", {type: "reset"}, "all"));
  const filter = () => {
    const want = Object.fromEntries(["suite", "target", "verdict", "identity"].map((name) => [name, form.elements[name].value]));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let seen = 0;
    for (const {scenario, node, text, kinds} of rows) {
      const show = (!want.suite || scenario.suite === want.suite) && (!want.target || scenario.target === want.target) &&
                   (!want.verdict || (want.verdict === "passed" ? scenario.verdict === "passed" : kinds.has(want.verdict))) &&
                   (!want.identity || scenario.subjects.includes(want.identity)) && words.every((word) => text.includes(word));
      node.hidden = !show;
      if (show) ++seen;
    }
    told.textContent = seen === rows.length ? count(seen, "scenario") : seen + " of " + count(rows.length, "scenario");
  };
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  put(section, [el("h2", null, "Scenarios"), form, told, el("div.list", null, rows.map((row) => row.node))]);
  filter();
  return {
    choose(wanted) {
      form.reset();
      for (const [name, value] of Object.entries(wanted)) form.elements[name].value = value;
      filter();
      section.scrollIntoView();
      section.focus({preventScroll: true});
    },
    open(id) {
      const row = rows.find(({scenario}) => scenario.id === id);
      if (!row) return;
      if (row.node.hidden) { form.reset(); filter(); }
      row.node.open = true;
      row.node.scrollIntoView();
      row.node.querySelector("summary").focus({preventScroll: true});
    },
    search,
    rows,
  };
}

function drawFrame(run, list) {
  document.getElementById("when").append(
    [run.system, run.started && "started " + run.started.replace("T", " "), run.command].filter(Boolean).join("  \u00b7  "));
  const parts = [["findings", "findings"], ["matrix", "matrix"], ["suites", "suites"], ["scenarios", "scenarios"], ["components", "components"]];
  document.getElementById("nav").append(...parts
    .filter(([id]) => !document.getElementById(id).hidden).map(([id, text]) => el("a", {href: "#" + id}, text)));

  const root = document.documentElement;
  try {
    root.dataset.theme = localStorage.getItem("iff-theme") || "";
  } catch { /* a page from disk may have no storage */ }
  document.getElementById("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("iff-theme", root.dataset.theme);
    } catch { /* then it lasts as long as the page */ }
  });

  const follow = () => {
    let id = "";
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch { return; }
    if (id) list.open(id);
  };
  addEventListener("hashchange", follow);
  // A second click on the same link changes no hash, and should still lead there.
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) follow();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || /INPUT|SELECT|TEXTAREA/.test(document.activeElement.tagName)) return;
    event.preventDefault();
    list.search.focus();
  });
  // On paper, what did not pass is told in full.
  addEventListener("beforeprint", () => {
    for (const {scenario, node} of list.rows) if (scenario.verdict === "failed" || scenario.verdict === "errored") node.open = true;
  });
  follow();
}

(function start() {
  const run = readEmbedded("result");
  const started = Date.parse(run.started) / 1000;
  run.startSeconds = Number.isFinite(started) ? started : 0;
  run.firstStart = Math.min(...run.scenarios.map((scenario) => scenario.started_us), Infinity);
  // Everybody gets a colour in the order in which they first appear.
  for (const scenario of run.scenarios) scenario.subjects.forEach(person);
  let list = null;
  drawNumbers(run);
  drawFindings(run);
  drawMatrix(run);
  drawSuites(run, (wanted) => list.choose(wanted));
  list = drawList(run);
  drawComponents(run);
  drawFrame(run, list);
})();
