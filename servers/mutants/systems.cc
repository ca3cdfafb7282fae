// The server is the shipped one; its system is misconfigured.
#include "servers/mutants/mutant.h"

namespace iff {

Family SystemMutants() {
  Family family{.name = "systems", .suites = {"cross_subject/vault-layer"}};

  // Should Vault not come to revoke it, it opens for ever.
  family.Add({.name = "database-logins-without-an-end",
              .fault = "The database is not told when a login ends.",
              .targets = {"jira"},
              .suites = {"time/hops"},
              .system = {"vault.misconfiguration=logins-without-end"}});

  // As in any database in which nobody revoked it.
  family.Add(
      {.name = "database-with-open-catalogue",
       .fault = "Everybody may take locks that all share, write into the log of changes, and read what others do.",
       .targets = {"postgres"},
       .suites = {"cross_subject/sql-neighbours"},
       .system = {"postgres.misconfiguration=open-catalogue"}});

  // The server asks as whom it should, and the database shows everybody everything.
  family.Add({.name = "database-without-row-security",
              .fault = "Row security is switched off.",
              .targets = {"postgres"},
              .suites = {"cross_subject/rows", "cross_subject/row-security", "isolation/own-things", "lifetime/leases"},
              .system = {"postgres.misconfiguration=no-row-security"}});

  // Statements for revoking that do nothing: Vault believes that the login is gone.
  family.Add({.name = "revoked-logins-are-left",
              .fault = "Vault revokes a lease, and the login goes on.",
              .targets = {"jira", "postgres"},
              .suites = {"time/hops", "lifetime/leases", "lifetime/lease-of-disabled"},
              .system = {"vault.misconfiguration=logins-are-left"}});

  // What was sent to Vault for one call opens it until tomorrow.
  family.Add({.name = "tokens-live-for-a-day",
              .fault = "The issuer gives tokens for a day to whoever exchanges one.",
              .targets = {"jira"},
              .suites = {"behind/exchanged"},
              .system = {"keycloak.access_token_lifetime=86400"}});

  // Whoever may read the log has everybody's credentials.
  family.Add({.name = "vault-audit-in-clear",
              .fault = "Vault's audit log holds what was asked and answered as it was (`log_raw`).",
              .targets = {"jira"},
              .suites = {"canaries/everywhere"},
              .system = {"vault.misconfiguration=audit-in-clear"}});

  // A token that leaks from the server then opens the store itself.
  family.Add({.name = "vault-believes-the-servers-tokens",
              .fault = "Vault takes tokens that were meant for an MCP server, instead of those exchanged for it.",
              .targets = {"jira"},
              .system = {"vault.audience=mcp-jira"}});

  // As the products do when nobody says otherwise.
  family.Add({.name = "vault-gives-leeway",
              .fault = "Vault takes a token for a minute after its end.",
              .targets = {"jira"},
              .suites = {"time/hops"},
              .system = {"vault.leeway=60"}});

  // Then only the server keeps people apart, and one mistake in it is enough.
  family.Add({.name = "vault-policy-for-everybody",
              .fault = "Vault's policy is for everybody's secrets and database logins, not for one's own.",
              .targets = {"jira"},
              .system = {"vault.misconfiguration=policy-for-everybody"}});

  // Nobody reads another's secret. Whoever knows or lists a lease or an accessor ends another's login, or makes a
  // token that outlives its own.
  family.Add({.name = "vault-policy-of-operators",
              .fault = "Vault's policy for people has what operators need: leases, tokens and names of everybody.",
              .targets = {"jira"},
              .system = {"vault.misconfiguration=policy-of-operators"}});

  // Whoever has a credential looks like somebody who was never given one.
  family.Add({.name = "vault-policy-without-read",
              .fault = "Vault's policy lets nobody read their own secrets.",
              .targets = {"jira"},
              .system = {"vault.misconfiguration=policy-without-read"}});

  // And what was lent with them lives as long.
  family.Add({.name = "vault-tokens-outlive-their-role",
              .fault = "A role whose tokens are to live for a second gives tokens for an hour.",
              .targets = {"jira"},
              .suites = {"time/hops"},
              .system = {"vault.misconfiguration=lasting-tokens"}});

  // As all views do when nobody says otherwise.
  family.Add({.name = "views-look-as-their-owner",
              .fault = "A view and a function look as whoever made them, who sees every row.",
              .targets = {"postgres"},
              .suites = {"cross_subject"},
              .system = {"postgres.misconfiguration=owners-views"}});

  return family;
}

}  // namespace iff
