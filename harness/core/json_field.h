// Rows of a table of members, for a header that has a table beside its struct and converts nothing itself: what is done
// with tables is in json_fields.h. A specialisation stands behind its struct and is nothing but
//
//   template <>
//   struct JsonFields<Finding> {
//     static constexpr auto kFields = std::tuple(JsonField{"met", &Finding::met}, JsonField{"seen", &Finding::seen});
//   };
#pragma once

namespace iff {

template <class Owner, class Member>
struct JsonField {
  const char* name;
  Member Owner::* member;
  // Not written where it is as in a new Owner, and as in a new Owner where it is not there: for what is mostly empty,
  // and for what is added to a form that is stored already. Without it what lacks the member cannot be read.
  bool omit_empty = false;
};
template <class Owner, class Member>
JsonField(const char*, Member Owner::*, bool = false) -> JsonField<Owner, Member>;

// To be specialised for a struct: `static constexpr std::tuple kFields`.
template <class T>
struct JsonFields;
// For an enum: `static constexpr std::array<T, n> kAll`; `Name(T)` says how each is written.
template <class T>
struct JsonEnum;
// For a class without public members: `static Plain To(const T&)` and `static T From(Plain)`.
template <class T>
struct JsonThrough;

}  // namespace iff
