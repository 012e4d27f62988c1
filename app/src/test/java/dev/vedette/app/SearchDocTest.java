package dev.vedette.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vedette.store.Query;
import java.io.IOException;
import java.nio.file.Files;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SearchDocTest {
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  @Test
  void everyExpressionOfTheDocumentIsOne() throws IOException {
    int parsed = 0;
    for (String row : Files.readAllLines(Checkout.root().resolve("docs/search.md"))) {
      if (row.startsWith("| `") && !row.contains("`( )`")) {
        var code = CODE.matcher(row.split("\\|", 3)[1]);
        while (code.find()) {
          Query.parse(code.group(1));
          parsed++;
        }
      }
    }
    assertThat(parsed).isGreaterThan(7);
  }
}
