// One scenario of the list: a line that opens into its steps. Nothing of the inside is made, and the
// traces are not even parsed, before somebody opens one.

let traces = null;

// The trace of a step, with what it shares with others put back in its place.
function traceOf(index, at) {
  if (traces === null) traces = readEmbedded("traces");
  const stored = (traces.scenarios[index] || {steps: []}).steps[at];
  if (!stored) return {exchanges: [], downstream: [], left_out: 0};
  const back = (i) => traces.shared[i];
  return {
    left_out: stored.left_out,
    downstream: stored.downstream,
    exchanges: stored.exchanges.map((exchange) => ({
      ...exchange,
      request_headers: exchange.request_headers.map(back),
      response_headers: exchange.response_headers.map(back),
      request_body: back(exchange.request_body),
      response_body: back(exchange.response_body),
      token: back(exchange.token),
    })),
  };
}

function logsOf(index) {
  if (traces === null) traces = readEmbedded("traces");
  return Object.entries((traces.scenarios[index] || {}).logs || {});
}

function drawChecks(checks) {
  if (checks.length === 0) return null;
  return el("table.checks", null,
    el("thead.hidden", null, el("tr", null, ["verdict", "check", "expected and observed"].map((t) => el("th", {scope: "col"}, t)))),
    el("tbody", null, checks.map((check) => el("tr." + kindOf(check), null,
      el("td", null, badge(kindOf(check))),
      el("th", {scope: "row"}, el("span.check", null, check.id), " ", check.level && level(check),
         check.clause && el("span.clause", null, check.clause)),
      el("td", null,
         check.reason && el("p.sentence", null, check.reason),
         check.expected && el("p", null, el("span.key", null, "expected"), check.expected),
         check.observed && el("p", null, el("span.key", null, "observed"), check.observed))))));
}

function drawStep(run, scenario, index, step, at) {
  const trace = traceOf(index, at);
  const runSeconds = run.startSeconds + (scenario.started_us - run.firstStart) / 1e6;
  return el("li.step" + (step.kind ? "." + step.kind : ""), null,
    el("h3", null, step.title || "step", step.line > 0 && el("code.place", null, scenario.file + ":" + step.line)),
    drawChecks(step.checks),
    trace.exchanges.map((exchange) => drawExchange(exchange, runSeconds)),
    trace.left_out > 0 && el("p.faint", null, count(trace.left_out, "more exchange") +
      " of this step not shown, to keep this page small: result.json has all of them"),
    drawDownstream(trace.downstream));
}

function drawScenarioBody(run, scenario, index) {
  return el("div.body", null,
    scenario.error && el("p.alert", null, badge("errored"), " " + scenario.error),
    scenario.inapplicable && el("p.alert", null, badge("inapplicable"), " " + scenario.inapplicable),
    scenario.not_looked_at && el("p.alert", null, "declared and not looked at: " + scenario.not_looked_at.join(", ")),
    el("p.facts", null,
       scenario.principals.length > 0 && ["with ", scenario.principals.map((role) => [person(role), " "])],
       scenario.file && el("code", null, scenario.file), " ", (scenario.tags || []).map((tag) => [el("span.tag", null, tag), " "]),
       copyable(commandOn(run, "run", scenario.id)), " ", copyable(commandOn(run, "replay", run.id + "/" + scenario.id))),
    drawTimeline(run, scenario, index),
    el("ol.steps", null, scenario.steps.map((step, at) => drawStep(run, scenario, index, step, at))),
    logsOf(index).map(([component, log]) => el("details.log", null,
      el("summary", null, "The last lines of ", el("b", null, component)), el("pre", {tabindex: "0"}, log))));
}

function drawScenario(run, scenario, index) {
  const checks = scenario.steps.flatMap((step) => step.checks);
  const not = checks.filter((check) => check.verdict !== "passed").length;
  const told = checks.length === 0 ? "no checks" : not > 0 ? not + " of " + checks.length + " not passed" : count(checks.length, "check");
  const details = el("details.scenario." + scenario.verdict, {id: "s" + index},
    el("summary", null, badge(scenario.verdict),
       el("span.name", null, el("span.id", null, scenario.id), el("span.title", null, scenario.title)),
       el("span.told", null, told), el("span.time", null, took(scenario.took_us))));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(drawScenarioBody(run, scenario, index));
  });
  return details;
}
