package dev.vedette.event;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
  private final IpAddress ip = new IpAddress();

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0,0.0.0.0",
    "255.255.255.255,255.255.255.255",
    "10.0.200.1,10.0.200.1",
    "::1,::1",
    "::,::",
    "1::,1::",
    "2001:DB8:0:0:0:0:0:1,2001:db8::1",
    "2001:db8:0:1:1:1:1:1,2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1,2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1,2001:db8::1:0:0:1",
    "2001:db8::0:1:0,2001:db8::1:0",
    "1:2:3:4:5:6:7::,1:2:3:4:5:6:7:0",
    "::ffff:192.0.2.1,192.0.2.1",
    "::FFFF:c000:201,192.0.2.1",
    "[::1],::1",
    "[2001:db8::5],2001:db8::5",
    "fe80::1%eth0,fe80::1",
    "[fe80::1%25en1],fe80::1",
    "[192.0.2.7],192.0.2.7",
    "64:ff9b::192.0.2.33,64:ff9b::c000:221",
  })
  void readsAndWritesTheCanonicalForm(String text, String canonical) {
    assertThat(ip.parse(text)).isTrue();
    assertThat(ip.toString()).isEqualTo(canonical);
    assertThat(ip.isCanonical()).isEqualTo(text.equals(canonical));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "999.1.1.1",
        "256.1.1.1",
        "01.2.3.4",
        "1.2.3.04",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "1.2.3.4 ",
        "0x7f.0.0.1",
        "127.1",
        "2130706433",
        "1.2.3.a",
        "1.2.3.-4",
        ":",
        ":::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "12345::",
        "g::1",
        "1:2:3:4:5:6:7:",
        ":1:2:3:4:5:6:7:8",
        "::1.2.3",
        "::1.2.3.256",
        "1:2:3:4:5:6:7:1.2.3.4",
        "[::1",
        "::1]",
        "[]",
        "fe80::1%",
        "1:2:3:4:5:6:7:8::",
        "::1.2.3.4:5",
        "example.org",
        "a.b.c.d",
        "-",
        "1.2.3.4:80",
        "12:34:56",
        "\u0661.2.3.4"
      })
  void refusesWhatIsNoAddress(String text) {
    assertThat(ip.parse(text)).isFalse();
  }

  @Test
  void agreesWithTheJdkOnRandomAddresses() throws UnknownHostException {
    long seed = 20_260_301;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int round = 0; round < 20_000; round++) {
      byte[] raw = new byte[random.nextBoolean() ? 4 : 16];
      for (int i = 0; i < raw.length; i++) {
        raw[i] = random.nextInt(3) == 0 ? (byte) random.nextInt() : 0;
      }
      InetAddress address = InetAddress.getByAddress(raw);
      String text = address.getHostAddress();
      assertThat(ip.parse(text)).as("seed %d: %s", seed, text).isTrue();
      String canonical = ip.toString();
      assertThat(InetAddress.getByName(canonical)).as("seed %d: %s", seed, text).isEqualTo(address);
      assertThat(ip.parse(canonical)).isTrue();
      assertThat(ip.isCanonical()).as("seed %d: %s", seed, canonical).isTrue();
      assertThat(ip.toString()).isEqualTo(canonical);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "client 192.0.2.1 said|192.0.2.1",
        "from=192.0.2.1, to|192.0.2.1",
        "(192.0.2.1)|192.0.2.1",
        "[192.0.2.1]:80|192.0.2.1",
        "192.0.2.1:80|192.0.2.1",
        "addr:192.0.2.1.|192.0.2.1",
        "http://192.0.2.1/x|192.0.2.1",
        "/192.0.2.1:5000|192.0.2.1",
        "host/192.0.2.1:5000|192.0.2.1",
        "Chrome/81.0.40.13 from 192.0.2.1|192.0.2.1",
        "1.2.3.4.5 then 192.0.2.1|192.0.2.1",
        "pkg-1.2.3.4 then 192.0.2.1|192.0.2.1",
        "v1.2.3.4 then 192.0.2.1|192.0.2.1",
        "1.2.3.4-beta then 192.0.2.1|192.0.2.1",
        "999.1.1.1 then 192.0.2.1|192.0.2.1",
        "at 12:34:56 from 2001:db8::1 ok|2001:db8::1",
        "mac 00:11:22:33:44:55 from 2001:DB8::1: ok|2001:DB8::1",
        "[2001:db8::1]:443|2001:db8::1",
        "peer ::1, bye|::1",
        "host=::ffff:192.0.2.9 port=1|::ffff:192.0.2.9",
        "std::foo a::b 192.0.2.1|192.0.2.1",
        "fe80::1%eth0 up|fe80::1",
      })
  void findsAnAddressInText(String text, String found) {
    byte[] bytes = text.getBytes(UTF_8);
    assertThat(ip.find(bytes, 0, bytes.length)).isTrue();
    assertThat(new String(bytes, ip.start(), ip.end() - ip.start(), US_ASCII)).isEqualTo(found);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no address here",
        "1.2.3",
        "12:34:56.789",
        "version 10.0.26100.1742",
        "::",
        "a.b.c.d",
        "x1.2.3.4",
        "1.2.3.4x",
        "1.2.3.4_5",
        "deadbeef",
        "00:1a:2b:3c:4d:5e",
        "C:\\temp",
        "01.02.03.04",
        "Foo/1.2.3.4 (X)"
      })
  void findsNoneWhereThereIsNone(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    assertThat(ip.find(bytes, 0, bytes.length)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8,10.255.1.2,true",
    "10.0.0.0/8,11.0.0.1,false",
    "0.0.0.0/0,192.0.2.1,true",
    "0.0.0.0/0,2001:db8::1,false",
    "192.0.2.1,192.0.2.1,true",
    "192.0.2.1,192.0.2.2,false",
    "192.0.2.7/31,192.0.2.6,true",
    "2001:db8::/32,2001:db8:ffff::1,true",
    "2001:db8::/32,2001:db9::1,false",
    "::/0,192.0.2.1,true",
    "fe80::/10,febf::1,true",
    "2001:db8::/65,2001:db8:0:0:7fff::1,true",
    "2001:db8::/65,2001:db8:0:0:8000::1,false",
  })
  void testsBlocks(String network, String address, boolean contained) {
    var parsed = Objects.requireNonNull(IpAddress.Network.parse(network));
    assertThat(ip.parse(address)).isTrue();
    assertThat(parsed.contains(ip)).isEqualTo(contained);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/8", "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0.0/8x", "x/8"})
  void refusesBrokenBlocks(String text) {
    assertThat(IpAddress.Network.parse(text)).isNull();
  }
}
