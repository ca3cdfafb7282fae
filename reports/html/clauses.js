// The clauses the servers are held to, and what became of each in this run.

const STANDINGS = [
  ["broken", "failed", "Broken", "a check that answers to it failed"],
  ["not observed", "errored", "Not observed", "nothing is known about these, neither good nor bad"],
  ["tested", "passed", "Tested", "all checks that answer to it passed"],
  ["excluded", "inapplicable", "Excluded", "no check is meant to answer to it, for the reason given"],
];

function drawClauses(run) {
  const section = document.getElementById("clauses");
  if (!run.clauses || run.clauses.length === 0) return;
  const of = (kind) => run.clauses.filter((clause) => clause.standing === kind);
  const rows = (clauses) => clauses.map((clause) => el("tr", null,
    el("th", {scope: "row"}, clause.clause), el("td", null, clause.says),
    el("td.number", null, clause.checks > 0 ? thousands(clause.checks) : ""), el("td", null, clause.reason)));
  const table = (clauses) => el("div.scroll", {tabindex: "0", role: "region", "aria-label": "Clauses"}, el("table.plain", null,
    el("thead", null, el("tr", null, ["clause", "says", "checks", ""].map((t) => el("th", {scope: "col"}, t)))),
    el("tbody", null, rows(clauses))));
  put(section, [
    el("h2", null, "Clauses"),
    el("p.faint", null, "What standards and advice ask of a server, and what this run says to each: a clause was tested when every check " +
       "that answers to it was judged and passed; whatever was not played here was not observed."),
    el("div.tiles", null, STANDINGS.map(([kind, colour, told]) => el("div.tile." + (of(kind).length > 0 ? colour : "none"), null,
      el("b", null, thousands(of(kind).length)), el("span", null, told.toLowerCase())))),
    STANDINGS.filter(([kind]) => of(kind).length > 0).map(([kind, , told, hint]) => {
      const body = el("div", null);
      const fill = () => { if (body.childElementCount === 0) body.append(table(of(kind))); };
      const open = kind === "broken";
      if (open) fill();
      return el("details.group", {open, ontoggle: fill},
                el("summary", null, el("h3", null, told + ": " + thousands(of(kind).length), " ", el("span.faint", null, hint))), body);
    }),
  ]);
  section.hidden = false;
}

// What somebody who trusts a green run takes for granted, and what this run says to it.
const CLAIM_COLOURS = {"proved": "passed", "refuted": "failed", "not tried": "errored"};

function drawClaims(run) {
  const section = document.getElementById("claims");
  if (!run.claims || !run.claims.some((claim) => claim.standings.length > 0)) return;
  const rows = run.claims.flatMap((claim) => claim.standings.map((one) => el("tr", null,
    el("th", {scope: "row"}, claim.claim), el("td", null, claim.asks), el("td", null, one.target),
    el("td." + (CLAIM_COLOURS[one.standing] || "inapplicable"), null, one.standing), el("td", null, one.reason))));
  put(section, [
    el("h2", null, "Claims"),
    el("p.faint", null, "What somebody who trusts a green run takes for granted. A run in which one was not tried is not green."),
    el("div.scroll", {tabindex: "0", role: "region", "aria-label": "Claims"}, el("table.plain", null,
      el("thead", null, el("tr", null, ["claim", "asks", "server", "", ""].map((t) => el("th", {scope: "col"}, t)))),
      el("tbody", null, rows))),
  ]);
  section.hidden = false;
}
