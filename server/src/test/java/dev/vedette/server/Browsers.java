package dev.vedette.server;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds the browser of this machine and starts it for tests: nothing is downloaded. Where there is
/// none, the browser tests skip and say what to install.
final class Browsers {
  private Browsers() {}

  static final String MISSING =
      "no Chromium found: install it (Debian: apt-get install chromium) or name one in"
          + " VEDETTE_CHROMIUM to run the dashboard's browser tests";

  static Optional<Path> chromium() {
    return Stream.concat(
            Optional.ofNullable(System.getenv("VEDETTE_CHROMIUM")).stream(),
            Stream.of(
                "/usr/bin/chromium",
                "/usr/bin/chromium-browser",
                "/usr/bin/google-chrome",
                "/usr/bin/google-chrome-stable",
                "/snap/bin/chromium",
                "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"))
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  static Playwright playwright() {
    return Playwright.create(
        new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
  }

  static Browser launch(Playwright playwright, Path chromium) {
    return playwright
        .chromium()
        .launch(
            new BrowserType.LaunchOptions()
                .setExecutablePath(chromium)
                // Containers offer neither the sandbox's namespaces nor a large /dev/shm.
                .setArgs(List.of("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")));
  }
}
