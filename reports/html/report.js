// Puts the page together: reads the result, draws the upper half, lists the scenarios and filters them.

const CHUNK = 150;  // rows made at a time; the rest is made when somebody scrolls there

// Everything a person may remember of a scenario, in one text.
function searchText(scenario) {
  const words = [scenario.id, scenario.title, scenario.error, scenario.inapplicable, ...(scenario.tags || [])];
  for (const step of scenario.steps) {
    words.push(step.title);
    for (const check of step.checks) words.push(check.id, check.reason, check.clause, kindOf(check));
  }
  return words.filter(Boolean).join("\n").toLowerCase();
}

function drawList(run) {
  const section = document.getElementById("scenarios");
  const rows = run.scenarios.map((scenario, index) => ({
    scenario,
    index,
    node: null,
    text: null,
    kinds: new Set([scenario.verdict, ...scenario.steps.flatMap((step) => step.checks.map(kindOf))]),
  }));
  const nodeOf = (row) => row.node || (row.node = drawScenario(run, row.scenario, row.index));
  const textOf = (row) => row.text === null ? (row.text = searchText(row.scenario)) : row.text;
  const values = (of) => [...new Set(run.scenarios.flatMap(of))].filter(Boolean).sort();
  const select = (name, label, options) => options.length === 0 ? null : el("label", null, label + " ",
    el("select", {name}, el("option", {value: ""}, "all"), options.map((value) => el("option", {value}, value))));
  const names = ["suite", "target", "verdict", "identity", "tag"];
  const search = el("input", {type: "search", name: "text", placeholder: "search: scenario, check, reason, clause", "aria-label": "Search"});
  const told = el("p.faint", {role: "status"}, "");
  const form = el("form.filters", {role: "search", onsubmit: (event) => event.preventDefault()},
    search,
    select("suite", "suite", values((scenario) => scenario.suite)),
    select("target", "server", values((scenario) => scenario.target)),
    select("verdict", "verdict", ["passed", "failed", "errored", "known", "inapplicable"].filter((kind) => rows.some((row) => row.kinds.has(kind)))),
    select("identity", "identity", values((scenario) => scenario.principals)),
    select("tag", "tag", values((scenario) => scenario.tags || [])),
    el("button", {type: "reset"}, "all"));
  const list = el("div.list", null);
  const more = el("button.more", {type: "button", onclick: () => extend(shown + CHUNK)}, "");
  let wanted = rows;
  let shown = 0;
  const extend = (to) => {
    const next = Math.min(wanted.length, to);
    list.append(...wanted.slice(shown, next).map(nodeOf));
    shown = next;
    more.hidden = shown === wanted.length;
    more.textContent = count(wanted.length - shown, "more scenario");
  };
  const filter = () => {
    const want = Object.fromEntries(names.map((name) => [name, form.elements[name] ? form.elements[name].value : ""]));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    wanted = rows.filter((row) => {
      const {scenario, kinds} = row;
      return (!want.suite || scenario.suite === want.suite) && (!want.target || scenario.target === want.target) &&
             (!want.verdict || (want.verdict === "passed" ? scenario.verdict === "passed" : kinds.has(want.verdict))) &&
             (!want.identity || scenario.principals.includes(want.identity)) && (!want.tag || (scenario.tags || []).includes(want.tag)) &&
             words.every((word) => textOf(row).includes(word));
    });
    list.replaceChildren();
    shown = 0;
    extend(CHUNK);
    told.textContent = wanted.length === rows.length ? count(wanted.length, "scenario") : wanted.length + " of " + count(rows.length, "scenario");
  };
  const clear = () => {
    for (const name of ["text", ...names]) if (form.elements[name]) form.elements[name].value = "";
  };
  form.addEventListener("input", filter);
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    clear();
    filter();
  });
  put(section, [el("h2", null, "Scenarios"), form, told, list, more]);
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && shown < wanted.length) extend(shown + CHUNK);
  }, {rootMargin: "600px"}).observe(more);
  filter();
  return {
    choose(chosen) {
      clear();
      for (const [name, value] of Object.entries(chosen)) if (form.elements[name]) form.elements[name].value = value;
      filter();
      section.scrollIntoView();
      section.focus({preventScroll: true});
    },
    open(id) {
      const row = run.byId.get(id);
      if (row === undefined) return;
      if (!wanted.includes(rows[row])) { clear(); filter(); }
      extend(Math.max(shown, wanted.indexOf(rows[row]) + 1));
      const node = nodeOf(rows[row]);
      node.open = true;
      node.scrollIntoView();
      node.querySelector("summary").focus({preventScroll: true});
    },
    // On paper, what did not pass is told in full.
    unfold() {
      extend(wanted.length);
      for (const {scenario, node} of wanted) if (scenario.verdict === "failed" || scenario.verdict === "errored") node.open = true;
    },
    search,
  };
}

function drawFrame(run, list) {
  document.getElementById("when").append(
    [run.system, run.started && "started " + run.started.replace("T", " "), run.command].filter(Boolean).join("  \u00b7  "));
  const parts = [["matrix", "matrix"], ["findings", "findings"], ["since", "since " + (run.compared ? run.compared.run : "")], ["suites", "suites"], ["claims", "claims"], ["clauses", "clauses"], ["scenarios", "scenarios"], ["latency", "latency"], ["components", "components"]];
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
  addEventListener("beforeprint", () => list.unfold());
  follow();
}

(function start() {
  const run = readEmbedded("result");
  const started = Date.parse(run.started) / 1000;
  run.startSeconds = Number.isFinite(started) ? started : 0;
  run.firstStart = Math.min(...run.scenarios.map((scenario) => scenario.started_us), Infinity);
  // Everybody gets a colour in the order in which they first appear.
  for (const scenario of run.scenarios) scenario.principals.forEach(person);
  run.byId = new Map(run.scenarios.map((scenario, index) => [scenario.id, index]));
  let list = null;
  drawNumbers(run);
  drawFindings(run);
  drawSince(run);
  drawMatrix(run);
  drawSuites(run, (wanted) => list.choose(wanted));
  drawClaims(run);
  drawClauses(run);
  list = drawList(run);
  drawLatency(run);
  drawComponents(run);
  drawFrame(run, list);
})();
