#include "mocks/jira/jql.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

namespace iff {
namespace {

const std::set<std::string>& Fields() {
  static const std::set<std::string> fields = {"project", "assignee",    "reporter", "status", "text",
                                               "summary", "description", "key",      "created"};
  return fields;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Error Wrong(const std::string& what) { return Error(ErrorKind::kInvalidInput, "Error in the JQL Query: " + what); }

struct Lexeme {
  std::string text = {};
  bool quoted = false;
  bool symbol = false;
};

Result<Lexeme> QuotedLexeme(std::string_view text, size_t& at) {
  const char quote = text[at++];
  Lexeme lexeme = {.quoted = true};
  for (; at < text.size() && text[at] != quote; ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    lexeme.text += text[at];
  }
  if (at == text.size()) return Wrong("The quoted string '" + lexeme.text + "' has not been completed.");
  ++at;
  return lexeme;
}

Result<std::vector<Lexeme>> Lex(std::string_view text) {
  std::vector<Lexeme> lexemes;
  constexpr std::string_view kSymbols = "=~!(),";
  size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++at;
    } else if (c == '"' || c == '\'') {
      lexemes.push_back(TRY(QuotedLexeme(text, at)));
    } else if (c == '!' && at + 1 < text.size() && (text[at + 1] == '=' || text[at + 1] == '~')) {
      lexemes.push_back({.text = std::string(text.substr(at, 2)), .symbol = true});
      at += 2;
    } else if (kSymbols.find(c) != std::string_view::npos) {
      lexemes.push_back({.text = std::string(1, c), .symbol = true});
      ++at;
    } else if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' || c == '@' ||
               static_cast<unsigned char>(c) >= 0x80) {
      Lexeme word;
      for (; at < text.size() && !std::isspace(static_cast<unsigned char>(text[at])) &&
             kSymbols.find(text[at]) == std::string_view::npos && text[at] != '"' && text[at] != '\'';
           ++at) {
        word.text += text[at];
      }
      lexemes.push_back(std::move(word));
    } else {
      return Wrong("The character '" + std::string(1, c) +
                   "' is a reserved JQL character. You must enclose it in a string or escape it.");
    }
  }
  return lexemes;
}

class Parser {
 public:
  explicit Parser(std::vector<Lexeme> lexemes) : lexemes_(std::move(lexemes)) {}

  Result<JqlQuery> Parse() {
    JqlQuery query;
    if (!Done() && !IsWord("order")) {
      query.clauses.push_back(TRY(Clause()));
      while (TakeWord("and")) query.clauses.push_back(TRY(Clause()));
    }
    if (TakeWord("order")) {
      if (!TakeWord("by")) return Expecting("by");
      do {
        query.order.push_back(TRY(Order()));
      } while (TakeSymbol(","));
    }
    if (!Done()) return Expecting("either 'AND' or 'ORDER BY'");
    return query;
  }

 private:
  bool Done() const { return at_ == lexemes_.size(); }
  bool IsWord(std::string_view word) const {
    return !Done() && !lexemes_[at_].quoted && !lexemes_[at_].symbol && Lower(lexemes_[at_].text) == word;
  }
  bool TakeWord(std::string_view word) { return IsWord(word) && ++at_ > 0; }
  bool TakeSymbol(std::string_view symbol) {
    return !Done() && lexemes_[at_].symbol && lexemes_[at_].text == symbol && ++at_ > 0;
  }
  Error Expecting(const std::string& what) const {
    return Wrong("Expecting " + what + " but got '" + (Done() ? "the end of the query" : lexemes_[at_].text) + "'.");
  }

  Result<std::string> Field() {
    if (Done() || lexemes_[at_].symbol) return Expecting("a field name");
    std::string field = Lower(lexemes_[at_].text);
    if (field == "issuekey" || field == "issue" || field == "id") field = "key";
    if (!Fields().contains(field)) {
      return Error(ErrorKind::kInvalidInput,
                   "Field '" + lexemes_[at_].text + "' does not exist or you do not have permission to view it.");
    }
    ++at_;
    return field;
  }

  Result<JqlClause> Clause() {
    JqlClause clause;
    clause.field = TRY(Field());
    if (TakeWord("in")) {
      TRY(List(clause));
    } else if (TakeWord("not")) {
      if (!TakeWord("in")) return Expecting("'in'");
      clause.negated = true;
      TRY(List(clause));
    } else if (TakeWord("is")) {
      clause.negated = TakeWord("not");
      if (!IsWord("empty") && !IsWord("null")) return Expecting("'empty'");
      clause.values.push_back(TRY(Value()));
    } else if (TakeSymbol("=") || TakeSymbol("!=") || TakeSymbol("~") || TakeSymbol("!~")) {
      const std::string& sign = lexemes_[at_ - 1].text;
      clause.negated = sign[0] == '!';
      clause.contains = sign.back() == '~';
      clause.values.push_back(TRY(Value()));
    } else {
      return Expecting("operator");
    }
    const bool is_text = clause.field == "text" || clause.field == "summary" || clause.field == "description";
    if (is_text != clause.contains) {
      return Error(ErrorKind::kInvalidInput, std::string("The operator '") + (clause.contains ? "~" : "=") +
                                                 "' is not supported by the '" + clause.field + "' field.");
    }
    return clause;
  }

  Result<void> List(JqlClause& clause) {
    if (!TakeSymbol("(")) return Expecting("'('");
    do {
      clause.values.push_back(TRY(Value()));
    } while (TakeSymbol(","));
    if (!TakeSymbol(")")) return Expecting("')'");
    return {};
  }

  Result<JqlClause::Value> Value() {
    if (Done() || lexemes_[at_].symbol) return Expecting("either a value, list or function");
    const Lexeme& lexeme = lexemes_[at_++];
    JqlClause::Value value = {.text = lexeme.text};
    const std::string word = Lower(lexeme.text);
    if (!lexeme.quoted && (word == "empty" || word == "null"))
      return JqlClause::Value{.text = "empty", .function = true};
    if (lexeme.quoted || !TakeSymbol("(")) return value;
    if (!TakeSymbol(")")) return Expecting("')'");
    if (word != "currentuser") {
      return Error(ErrorKind::kInvalidInput, "Unable to find JQL function '" + lexeme.text + "()'.");
    }
    return JqlClause::Value{.text = "currentuser", .function = true};
  }

  Result<JqlOrder> Order() {
    JqlOrder order;
    order.field = TRY(Field());
    order.descending = TakeWord("desc");
    if (!order.descending) TakeWord("asc");
    return order;
  }

  std::vector<Lexeme> lexemes_;
  size_t at_ = 0;
};

}  // namespace

Result<JqlQuery> ParseJql(std::string_view text) {
  std::vector<Lexeme> lexemes = TRY(Lex(text));
  return Parser(std::move(lexemes)).Parse();
}

}  // namespace iff
