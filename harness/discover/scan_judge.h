// What the answers to a stranger say of a server. Pure; a function for each matter. Those that show what the
// server said itself are told by which shapes secrets are known: Quoted().
#pragma once

#include "harness/discover/published_faults.h"
#include "harness/discover/scan.h"
#include "harness/discover/scan_ask.h"

namespace iff {

ScanLine Line(const std::string& topic, const std::string& looked, ScanVerdict verdict, const std::string& seen,
              const std::string& clause = {});
// "401", "200, a result", "404, error -32601", "no answer: ...".
std::string Saw(const Heard& heard);
// What a list has, by name, the first few of them; of tools also how many change things: ": "a", "b"; 1 of them change
// things".
std::string NamesIn(const SecretShapes& shapes, const Json& list, bool tools);
// Somebody is refused for being a stranger.
bool Guarded(const UrlAnswers& answers);

ScanLines JudgeStrangers(const UrlAnswers& answers, const SecretShapes& shapes);   // who gets what without a token
ScanLines JudgeChallenges(const UrlAnswers& answers, const SecretShapes& shapes);  // how strangers are refused
ScanLines JudgeMetadata(const UrlAnswers& answers, const SecretShapes& shapes);    // RFC 9728
ScanLines JudgeBrowsers(const UrlAnswers& answers);                                // origins, hosts, CORS
ScanLines JudgeMethods(const UrlAnswers& answers);
ScanLines JudgeSessions(const UrlAnswers& answers, const SecretShapes& shapes);  // session ids and cookies
ScanLines JudgePages(const UrlAnswers& answers, const SecretShapes& shapes);
ScanLines JudgeConnection(const UrlAnswers& answers, const SecretShapes& shapes);  // TLS, revisions
ScanLines JudgeVersions(const UrlAnswers& answers, const PublishedFaults& faults, const SecretShapes& shapes);

// Of what a server says of itself, and what its field Server is; "": it has none.
ScanLines JudgeTold(const std::vector<ToldVersion>& told, const std::string& server, const PublishedFaults& faults,
                    const SecretShapes& shapes);

// All of them.
ScanLines JudgeUrl(const UrlAnswers& answers, const PublishedFaults& faults, const SecretShapes& shapes);

}  // namespace iff
