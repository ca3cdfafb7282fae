// What was sent and seen: the picture of a step, and each exchange at both ends.

// ---- the picture: lanes from left to right, time from top to bottom

const LANE = 190;
const MOST_ROWS = 40;

function clip(text, width) {
  const most = Math.max(8, Math.floor(width / 6.4));
  return text.length > most ? text.slice(0, most - 1) + "\u2026" : text;
}

function lanesOf(scenario, trace) {
  const lanes = new Map([["client", "client"]]);
  const add = (key, name) => lanes.has(key) || lanes.set(key, name);
  for (const exchange of trace.exchanges) if (exchange.lane === scenario.target) add("target", scenario.target + " (target)");
  if (trace.far_side.length > 0) add("target", scenario.target + " (target)");
  for (const exchange of trace.exchanges) if (exchange.lane !== scenario.target) add("c:" + exchange.lane, exchange.lane);
  const order = (seen) => (/issuer|keycloak/.test(seen.component) ? 0 : seen.kind === "audit" ? 1 : 2);
  for (const seen of [...trace.far_side].sort((a, b) => order(a) - order(b))) add("c:" + seen.component, seen.component);
  // A target and what is behind it often share a name.
  if (lanes.has("c:" + scenario.target)) lanes.set("c:" + scenario.target, scenario.target + " (upstream)");
  return lanes;
}

function drawPicture(scenario, trace) {
  const rows = [
    ...trace.exchanges.map((exchange) => ({at: exchange.started_us, exchange})),
    ...trace.far_side.map((seen) => ({at: seen.at_us, seen})),
  ].sort((a, b) => a.at - b.at);
  if (rows.length === 0) return null;
  const lanes = lanesOf(scenario, trace);
  const keys = [...lanes.keys()];
  const shown = rows.slice(0, MOST_ROWS);
  const left = 64;
  const x = (key) => left + 60 + keys.indexOf(key) * LANE;
  const width = Math.max(x(keys[keys.length - 1]) + 130, 620);
  const head = 34;
  let y = head + 14;
  const marks = [];
  const arrow = (from, to, atY, kind) => {
    const sign = to > from ? 1 : -1;
    return [svg("line." + kind, {x1: from, y1: atY, x2: to - sign * 5, y2: atY}),
            svg("path.head." + kind, {d: `M${to} ${atY} l${-sign * 8} -4 v8 z`})];
  };
  const label = (kind, atX, atY, text, full) =>
    svg("text." + kind, {x: atX, y: atY}, svg("title", null, full || text), clip(text, width - atX - 4));
  for (const {at, exchange, seen} of shown) {
    marks.push(label("clock", 4, y + 12, took(at)));
    if (exchange) {
      const from = x("client");
      const to = x(exchange.lane === scenario.target ? "target" : "c:" + exchange.lane);
      const bad = exchange.status === 0;
      const actor = exchange.actor || "nobody";
      const told = (exchange.title.startsWith(actor) ? "" : actor + ": ") + exchange.title +
                   (exchange.credential ? "  [" + exchange.credential + "]" : "  [no credential]");
      marks.push(label("sent", from + 8, y + 6, told), arrow(from, to, y + 12, "sent"));
      marks.push(bad ? label("gone", from + 8, y + 28, "no answer: " + exchange.failure)
                     : label("answer", from + 14, y + 28, exchange.status + " after " + took(exchange.took_us)));
      if (!bad) marks.push(arrow(to, from, y + 33, "answer"));
      y += 50;
    } else {
      const from = x("target");
      const to = x("c:" + seen.component);
      const told = (seen.subject ? "as " + seen.subject + ": " : "") + seen.text + "  [" + seen.kind + "]";
      marks.push(label("seen", from + 8, y + 6, told), from === to ? [] : arrow(from, to, y + 12, "seen"));
      y += 28;
    }
  }
  if (rows.length > shown.length) {
    marks.push(label("clock", left, y + 10, "and " + count(rows.length - shown.length, "more line")));
    y += 22;
  }
  const frame = keys.map((key) => [
    svg("line.lane", {x1: x(key), y1: head, x2: x(key), y2: y + 4}),
    svg("text.lane", {x: x(key), y: 20, "text-anchor": "middle"}, lanes.get(key)),
  ]);
  const words = count(trace.exchanges.length, "exchange") + " and " + count(trace.far_side.length, "entry").replace("entrys", "entries") +
                " seen behind the target; the same is told in words below";
  return el("figure.picture", null,
    el("div.scroll", {tabindex: "0", role: "group", "aria-label": "Picture of this step"},
      svg("svg", {viewBox: `0 0 ${width} ${y + 8}`, width, height: y + 8, role: "img", "aria-label": words}, frame, marks)),
    trace.far_side.length > 0 && el("figcaption.faint", null,
      "Dashed: what was found behind the target, drawn when it was read, after the answer it belongs to."));
}

// ---- tokens and their lifetimes

const iso = (seconds) => {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? "no time" : date.toISOString().replace(".000", "");
};

function drawLifetime(claims, sentAt) {
  const from = Number(claims.nbf ?? claims.iat);
  const to = Number(claims.exp);
  if (!Number.isFinite(from) || !Number.isFinite(to) || to <= from) return null;
  const first = Math.min(from, sentAt);
  const last = Math.max(to, sentAt);
  const pad = (last - first) * 0.04 || 1;
  const x = (t) => ((t - first + pad) / (last - first + 2 * pad)) * 600;
  const valid = sentAt >= from - 1 && sentAt < to;
  const words = sentAt >= to ? "expired about " + span(sentAt - to) + " before it was sent"
              : sentAt < from - 1 ? "not valid until about " + span(from - sentAt) + " after it was sent"
              : "valid for " + span(to - from) + ", sent with about " + span(to - sentAt) + " left";
  return el("div.lifetime", null,
    svg("svg", {viewBox: "0 0 600 26", role: "img", "aria-label": words},
      svg("line.rail", {x1: 0, y1: 13, x2: 600, y2: 13}),
      svg("rect." + (valid ? "fill-passed" : "fill-inapplicable"), {x: x(from), y: 8, width: Math.max(2, x(to) - x(from)), height: 10, rx: 3}),
      svg("line.sentmark", {x1: x(sentAt), y1: 1, x2: x(sentAt), y2: 25})),
    el("span", null, words));
}

const TIMES = new Set(["exp", "iat", "nbf", "auth_time"]);

function tokenTable(part) {
  return el("table.claims", null, el("tbody", null, Object.entries(part || {}).map(([name, value]) =>
    el("tr", null, el("th", {scope: "row"}, name),
       el("td", null, el("code", null, typeof value === "string" ? value : JSON.stringify(value)),
          TIMES.has(name) && Number.isFinite(value) && el("span.faint", null, " " + iso(value)))))));
}

function drawToken(token, alias, sentAt) {
  if (!token || typeof token !== "object") return null;
  const claims = token.claims && typeof token.claims === "object" ? token.claims : {};
  return el("div.token", null,
    el("h4", null, "The token", alias && [", known as ", el("code", null, alias)]),
    drawLifetime(claims, sentAt),
    el("div.columns", null, el("div", null, el("p.faint", null, "header"), tokenTable(token.header)),
       el("div", null, el("p.faint", null, "claims"), tokenTable(claims))));
}

// ---- one exchange

function drawBody(body) {
  if (body === "" || body === undefined) return el("p.faint", null, "no body");
  const cut = typeof body === "object" && body !== null;
  const text = cut ? body.cut : body;
  let pretty = text;
  if (!cut) {
    try {
      pretty = JSON.stringify(JSON.parse(text), null, 2);
    } catch { /* not JSON: shown as it came */ }
  }
  return [el("pre", {tabindex: "0"}, pretty),
          cut && el("p.faint", null, "cut here: " + count(body.of, "byte") + " in result.json")];
}

function drawHeaders(pairs) {
  if (pairs.length === 0) return null;
  return el("table.headers", null, el("tbody", null,
    pairs.map(([name, value]) => el("tr", null, el("th", {scope: "row"}, name), el("td", null, value)))));
}

function drawExchange(exchange, runSeconds) {
  const bad = exchange.status === 0;
  const actor = exchange.actor || "";
  const title = actor && exchange.title.startsWith(actor) ? exchange.title.slice(actor.length).trim() : exchange.title;
  const summary = el("summary", null,
    el("span.status" + (bad ? ".gone" : exchange.status >= 400 ? ".no" : ".yes"), null, bad ? "none" : exchange.status), " ",
    person(actor), " to ", el("b", null, exchange.lane), ": ", title, " ",
    el("span.faint", null, took(exchange.took_us)), exchange.credential && [" ", el("code.alias", null, exchange.credential)]);
  const details = el("details.exchange", null, summary);
  details.addEventListener("toggle", () => {
    if (!details.open || details.childElementCount > 1) return;
    if (exchange.short) {
      details.append(el("p.faint", null, "Headers, bodies and token are in result.json, to keep this page small."));
      return;
    }
    details.append(
      el("div.columns", null,
        el("div", null, el("h4", null, "Request"),
           exchange.method && el("p", null, el("code", null, exchange.method + " " + exchange.target)),
           drawHeaders(exchange.request_headers), drawBody(exchange.request_body)),
        el("div", null, el("h4", null, "Answer"),
           bad ? el("p.alert", null, "no answer: " + exchange.failure) : el("p", null, el("code", null, "HTTP " + exchange.status)),
           drawHeaders(exchange.response_headers), drawBody(exchange.response_body))));
    const token = drawToken(exchange.token, exchange.credential, runSeconds + exchange.started_us / 1e6);
    if (token) details.append(token);
  });
  return details;
}

function drawFarSide(entries) {
  if (entries.length === 0) return null;
  return el("div.farside", null, el("h4", null, "Seen behind the target"),
    el("div.scroll", null, el("table.plain", null,
      el("thead", null, el("tr", null, ["read after", "where", "as", "what", "more"].map((t) => el("th", {scope: "col"}, t)))),
      el("tbody", null, entries.map((seen) => el("tr", null,
        el("td.number", null, took(seen.at_us)), el("td", null, seen.component, " ", el("span.faint", null, seen.kind)),
        el("td", null, seen.subject ? person(seen.subject) : el("span.faint", null, "unknown")), el("td", null, el("code", null, seen.text)),
        el("td", null, seen.detail && Object.keys(seen.detail).length > 0 && el("code.small", null, JSON.stringify(seen.detail)))))))));
}
