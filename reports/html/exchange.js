// What was sent and seen: each exchange at both ends, its token and that token's lifetime.

function clip(text, width) {
  const most = Math.max(4, Math.floor(width / 6.4));
  return text.length > most ? text.slice(0, most - 1) + "\u2026" : text;
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

// What each part of a token says, in plain words.
const MEANING = new Map(Object.entries({
  alg: "algorithm of the signature", kid: "which of the issuer's keys signed", typ: "what kind of token this is",
  iss: "who issued it", sub: "whom it is about; with iss, the identity", aud: "for whom it is meant: others must refuse it",
  azp: "the client it was issued to", client_id: "the client it was issued to", exp: "not to be accepted from then on",
  nbf: "not to be accepted before", iat: "when it was issued", auth_time: "when the person logged in", jti: "its own id",
  scope: "what its bearer may ask for", sid: "the login session it belongs to", acr: "how strong the login was",
  preferred_username: "a name for people to read; decides nothing", email: "an address; decides nothing",
  name: "a name for people to read; decides nothing", groups: "groups the person is in", realm_access: "roles in the realm",
  resource_access: "roles at each client", act: "who acts on the person's behalf", cnf: "the key its bearer must prove to hold",
  jku: "where a key could be fetched: must be ignored", x5u: "where a key could be fetched: must be ignored",
  jwk: "a key in the token itself: must be ignored", x5c: "a key in the token itself: must be ignored",
  crit: "extensions that must be understood", "allowed-origins": "web origins the client may use",
}));

function tokenTable(part) {
  return el("table.claims", null, el("tbody", null, Object.entries(part || {}).map(([name, value]) =>
    el("tr", null, el("th", {scope: "row"}, name),
       el("td", null, el("code", null, typeof value === "string" ? value : JSON.stringify(value)),
          TIMES.has(name) && Number.isFinite(value) && el("span.faint", null, " " + iso(value)),
          MEANING.has(name) && el("span.meaning", null, MEANING.get(name)))))));
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

function drawBothEnds(exchange) {
  const answer = exchange.status === 0 ? el("p.alert", null, "no answer: " + exchange.failure)
                                       : el("p", null, el("code", null, "HTTP " + exchange.status));
  return el("div.columns", null,
    el("div", null, el("h4", null, "Request"),
       exchange.method && el("p", null, el("code", null, exchange.method + " " + exchange.target)),
       drawHeaders(exchange.request_headers), drawBody(exchange.request_body)),
    el("div", null, el("h4", null, "Answer"), answer, drawHeaders(exchange.response_headers), drawBody(exchange.response_body)));
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
    details.append(drawBothEnds(exchange));
    const token = drawToken(exchange.token, exchange.credential, runSeconds + exchange.started_us / 1e6);
    if (token) details.append(token);
  });
  return details;
}

function drawDownstream(entries) {
  if (entries.length === 0) return null;
  return el("div.farside", null, el("h4", null, "Seen behind the target"),
    el("div.scroll", {tabindex: "0", role: "region", "aria-label": "Seen behind the target"}, el("table.plain", null,
      el("thead", null, el("tr", null, ["when", "where", "as", "what", "more"].map((t) => el("th", {scope: "col"}, t)))),
      el("tbody", null, entries.map((seen) => el("tr", null,
        el("td.number", null, took(seen.at_us)), el("td", null, seen.component, " ", el("span.faint", null, seen.kind)),
        el("td", null, seen.principal ? person(seen.principal) : el("span.faint", null, "unknown")), el("td", null, el("code", null, seen.text)),
        el("td", null, seen.detail && Object.keys(seen.detail).length > 0 && el("code.small", null, JSON.stringify(seen.detail)))))))));
}
