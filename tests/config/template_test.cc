#include "config/template.h"
#include "tests/catch.h"

using namespace mailcanary;

namespace {
const std::map<std::string, std::string> values = {{"title", "Mail is late"}, {"said", ""}, {"since", "12:56 UTC"}};
}

TEST_CASE("fields in braces are filled in, doubled braces are braces") {
  CHECK(fill_template("{title} since {since}", values) == "Mail is late since 12:56 UTC");
  CHECK(fill_template("{{title}} {title}", values) == "{title} Mail is late");
  CHECK(fill_template("", values).empty());
}

TEST_CASE("a line of which only empty fields are left is dropped; others stay, empty ones too") {
  CHECK(fill_template("{title}\n{said}\n\n- {said}\n{since}", values) == "Mail is late\n\n- \n12:56 UTC");
}

TEST_CASE("a value is not looked through for fields of its own") {
  CHECK(fill_template("{said}", {{"said", "{title}"}, {"title", "x"}}) == "{title}");
}

TEST_CASE("what a template may say is checked by character, and public texts may name less") {
  struct Row {
    const char* text;
    const char* key;
    const char* wrong;  // empty: nothing
  };
  const Row rows[] = {
      {"{title}: {first_error}", "text", ""},
      {"no field at all", "title", ""},
      {"{title}: {first_error}", "public_text", "character 10: no field is named \"first_error\"; "},
      {"{titel}", "title", "character 1: no field is named \"titel\"; did you mean \"title\"?"},
      {"a {title", "text", "character 3: a { is never closed; write {{ for the brace itself"},
      {"a } b", "text", "character 3: a } stands alone; write }} for the brace itself"},
      {"{}", "text", "character 1: no field is named \"\"; "},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto checked = check_template(row.text, template_fields(row.key));
    CHECK((checked ? std::string() : checked.error().message).starts_with(row.wrong));
    CHECK(static_cast<bool>(checked) == (*row.wrong == '\0'));
  }
}
