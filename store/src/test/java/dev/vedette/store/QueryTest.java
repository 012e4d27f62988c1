package dev.vedette.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;

class QueryTest {
  private static Query is(String field, String value) {
    return new Query.FieldIs(field, value);
  }

  @Test
  void expressionsAreRead() {
    assertThat(Query.parse("  ")).isEqualTo(Query.EVERYTHING);
    assertThat(Query.parse("select")).isEqualTo(new Query.Text("select"));
    assertThat(Query.parse("\"union select\"")).isEqualTo(new Query.Text("union select"));
    assertThat(Query.parse("user.name: root")).isEqualTo(is("user.name", "root"));
    assertThat(Query.parse("url.path:/a:b")).isEqualTo(is("url.path", "/a:b"));
    assertThat(Query.parse("user.name: \"a*b\"")).isEqualTo(is("user.name", "a\\*b"));
    assertThat(Query.parse("source.ip: 10.0.0.0/8"))
        .isEqualTo(new Query.FieldInNetwork("source.ip", "10.0.0.0/8"));
    assertThat(Query.parse("http.response.status_code >= 500"))
        .isEqualTo(new Query.FieldCompares("http.response.status_code", Query.Comparison.GTE, 500));
    assertThat(Query.parse("a:1 or b:2 c:3"))
        .isEqualTo(
            new Query.Or(
                List.of(is("a", "1"), new Query.And(List.of(is("b", "2"), is("c", "3"))))));
    assertThat(Query.parse("not a:(x or y)"))
        .isEqualTo(new Query.Not(new Query.Or(List.of(is("a", "x"), is("a", "y")))));
    assertThat(Query.parse("order nothing android"))
        .isEqualTo(
            new Query.And(
                List.of(
                    new Query.Text("order"),
                    new Query.Text("nothing"),
                    new Query.Text("android"))));
  }

  @Test
  void errorsPointAtTheWord() {
    assertError("a:1 and", 7);
    assertError("(a:1", 0);
    assertError("a:1)", 3);
    assertError("x \"open", 2);
    assertError("n >= many", 5);
    assertError("a: and", 3);
    assertError("or b", 0);
    assertError("(".repeat(40) + "a" + ")".repeat(40), 32);
    assertError("not ".repeat(40) + "a", 32 * 4 - 1);
    assertError("a ".repeat(257), 512);
    assertError("a".repeat(5_000), 4_096);
  }

  private static void assertError(String expression, int position) {
    var error = catchThrowableOfType(QueryException.class, () -> Query.parse(expression));
    assertThat(error).as(expression).isNotNull();
    assertThat(error.position()).as("%s: %s", expression, error.getMessage()).isEqualTo(position);
    assertThat(error.getMessage()).endsWith(".");
  }

  @Test
  void anyTextIsAQueryOrAnError() {
    var random = new java.util.Random(11);
    String[] words = {
      "a", ":", "(", ")", "\"", "*", "and", "or", "not", " ", ">=", "<", "\\", "/8", "10.0.0.0"
    };
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder();
      for (int n = random.nextInt(12); n > 0; n--) {
        text.append(words[random.nextInt(words.length)]);
      }
      try {
        assertThat(Query.parse(text.toString())).isNotNull();
      } catch (QueryException e) {
        assertThat(e.position()).as(text.toString()).isBetween(0, text.length());
      }
    }
  }
}
