// What a click on the timeline shows: an exchange at both ends, with its token, the lines of the log, and how to do it
// again.

// Lines that begin with a time within the exchange, give or take what clocks and buffers do.
function matchedLines(index, exchange, zero) {
  const from = (zero + exchange.started_us / 1e6) * 1000 - 20;
  const to = (zero + (exchange.started_us + exchange.took_us) / 1e6) * 1000 + 20;
  const found = [];
  for (const [component, log] of logsOf(index)) {
    for (const line of log.split("\n")) {
      const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/.exec(line);
      const at = time ? Date.parse(time[0]) : NaN;
      if (at >= from && at <= to) found.push([component, line]);
    }
  }
  return found;
}

// Seen by the far side while the exchange went on; what has no time of its own belongs to the whole step.
function behind(item) {
  return item.trace.downstream.filter((seen) => !seen.timed || (seen.at_us >= item.from - 1000 && seen.at_us <= item.to + 1000));
}

const HOPS = new Set(["host", "content-length", "connection", "accept-encoding"]);

// A line for the shell. Where a secret was, the name of a variable stands.
function curlLine(exchange, scenario) {
  if (!exchange.method) return null;
  const variable = (alias) => alias.toUpperCase().replace(/[^A-Z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  const quote = (text) => ("'" + text.replace(/'/g, "'\\''") + "'")
    .replace(/\{\{([^{}]+)\}\}/g, (_, alias) => "'\"$" + variable(alias) + "\"'");
  const words = ["curl -sS -i -X " + (/^[A-Z]+$/.test(exchange.method) ? exchange.method : quote(exchange.method)),
                 '"$' + variable(exchange.lane) + '_URL"' + quote(exchange.target)];
  for (const [name, value] of exchange.request_headers) {
    if (!HOPS.has(name.toLowerCase())) words.push("-H " + quote(name + ": " + value));
  }
  const body = exchange.request_body;
  if (typeof body === "string" && body !== "") words.push("--data-raw " + quote(body));
  if (body && typeof body === "object") words.push("--data-raw '... (the whole body is in result.json)'");
  return words.join(" ");
}

function drawSeen(seen) {
  const rows = Object.entries(seen.detail || {}).filter(([, value]) => value !== "" && value !== null);
  return el("div.seen", null,
    el("p", null, el("b", null, seen.component), " ", el("span.faint", null, seen.kind), " ", person(seen.principal), " ",
       el("code", null, seen.text), " ", el("span.faint", null, (seen.timed ? "at " : "read after ") + took(seen.at_us))),
    rows.length > 0 && el("table.claims", null, el("tbody", null, rows.map(([name, value]) =>
      el("tr", null, el("th", {scope: "row"}, name),
         el("td", null, el("code", null, typeof value === "string" ? value : JSON.stringify(value))))))));
}

function drawInspected(run, scenario, index, item, zero) {
  const flow = item.flow.map((n) => el("span.flowstep", null, n + " " + FLOW[n - 1]));
  if (item.step) {
    return el("div", null, el("h4", null, item.step.title), el("p.faint", null, "from " + took(item.from) + " to " + took(item.to)));
  }
  if (item.seen) {
    const around = item.trace.exchanges.find((exchange) =>
      item.from >= exchange.started_us && item.from <= exchange.started_us + exchange.took_us);
    return el("div", null, el("h4", null, "Seen behind the target ", flow), drawSeen(item.seen),
      around && el("p", null, "while ", person(around.actor), " waited for ", el("code", null, around.title)));
  }
  const {exchange} = item;
  const far = behind(item);
  const lines = matchedLines(index, exchange, zero);
  const curl = curlLine(exchange, scenario);
  return el("div", null,
    el("h4", null, person(exchange.actor), " to ", exchange.lane, ": ", exchange.title, " ", flow),
    el("p", null, exchange.status === 0 ? "no answer after " : "HTTP " + exchange.status + " after ", took(exchange.took_us), ", with ",
       exchange.credential ? el("code", null, exchange.credential) : "no credential"),
    exchange.short ? el("p.faint", null, "Headers, bodies and token are in result.json, to keep this page small.")
                   : [drawBothEnds(exchange), drawToken(exchange.token, exchange.credential, zero + exchange.started_us / 1e6)],
    el("h4", null, "At the other end"),
    far.length === 0 ? el("p.faint", null, "nothing was seen behind the target meanwhile") : far.map(drawSeen),
    lines.length > 0 && [el("h4", null, "In the log meanwhile"),
                         el("pre", {tabindex: "0"}, lines.map(([component, line]) => component + ": " + line).join("\n"))],
    el("h4", null, "Again"),
    curl && el("p", null, copyable(curl)),
    el("p", null, copyable(commandOn(run, "run", scenario.id))));
}
