// Credentials that Vault holds, each read as its owner: a token for Vault alone (RFC 8693) logs the caller in, and the
// policy of its entity decides what it may read.
//
//   caller ──exchange──► token for Vault ──login──► Vault token ──read──► credential
#pragma once

#include <memory>
#include <string>

#include "servers/credentials/credential_source.h"
#include "servers/credentials/credential_store.h"
#include "servers/credentials/vault_settings.h"

namespace iff {

enum class CredentialKind {
  kStored,    // in the KV engine, below the caller's entity
  kDatabase,  // leased, by the database role of the caller's entity
};

// `settings` and what `context` names outlive it.
std::unique_ptr<CredentialStore> MakeVaultStore(const VaultSettings& settings, std::string target, CredentialKind kind,
                                                const SourceContext& context);
std::unique_ptr<CredentialSource> MakeVaultSource(const VaultSettings& settings, std::string target,
                                                  CredentialKind kind, const SourceContext& context);

// For ServerDefinition::sources.
SourceDefinition VaultSource(std::string target, CredentialKind kind);

}  // namespace iff
