// Wrong rules for connections, statements, credentials, proofs and shards: what a shipped server has an interface for,
// and only this program another implementation of.
#pragma once

#include <memory>
#include <string>

#include "servers/credentials/credential_store.h"
#include "servers/http/hooks.h"

namespace iff {

// -- connections and statements (servers/postgres/sql_rules.h)
std::shared_ptr<const SqlRules> WritesForEverybody();
std::shared_ptr<const SqlRules> SharesConnections();    // one pool for all principals
std::shared_ptr<const SqlRules> SharesThreadsByKey();   // a share for each client and set of scopes of a principal
std::shared_ptr<const SqlRules> HoardsConnections();    // a new one although one lies idle, up to twenty
std::shared_ptr<const SqlRules> LendsConnections();     // a principal without one uses another's that lies idle
std::shared_ptr<const SqlRules> KeepsSessionState();    // no DISCARD ALL between two calls
std::shared_ptr<const SqlRules> AsksForNoRole();        // a kept connection is used though its role was dropped
std::shared_ptr<const SqlRules> TakesManyStatements();  // several in one text

// -- credentials
std::shared_ptr<const CredentialRules> KeepsWhatEnded();
std::shared_ptr<const CredentialRules> SharesNoFetch();
std::unique_ptr<CredentialStore> GivingNothingBack(std::unique_ptr<CredentialStore> store);
// Goes where the answer says that the peer has moved to.
HttpSend FollowingRedirects(EventLoop& loop, HttpSend send);

// -- tokens and proofs (BearerOptions)
void RememberNoVerdicts(BearerOptions& options);
void TakeProofsAgain(BearerOptions& options);
void TakeBoundTokensAsBearer(BearerOptions& options);

// Every worker serves what arrives at it.
std::unique_ptr<Shards> WithoutShards(size_t here, size_t workers);

// Host and port of the peer that `setting` names.
std::string AuthorityOf(const Settings& settings, const std::string& setting);

}  // namespace iff
