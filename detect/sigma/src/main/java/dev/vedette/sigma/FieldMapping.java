package dev.vedette.sigma;

import dev.vedette.event.LogSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/// Immutable. Which fields of an event a Sigma field name means, by log source: `cs-uri-query` of a
/// web server's rule is `url.original`, `url.query` or `vedette.url.decoded`.
///
/// A name means every field it is mapped to *and* the field of that very name, so that rules work
/// on events in the ECS and on events in their product's own words. Where several sections cover a
/// rule, the most specific that knows the name decides.
public final class FieldMapping {
  private final List<Section> sections;

  private record Section(LogSource scope, Map<String, List<String>> fields) {
    int parts() {
      return (scope.category().isEmpty() ? 0 : 1)
          + (scope.product().isEmpty() ? 0 : 1)
          + (scope.service().isEmpty() ? 0 : 1);
    }
  }

  private FieldMapping(List<Section> sections) {
    List<Section> sorted = new ArrayList<>(sections);
    sorted.sort(Comparator.comparingInt(Section::parts).reversed());
    this.sections = List.copyOf(sorted);
  }

  /// Every name means only itself.
  public static FieldMapping none() {
    return new FieldMapping(List.of());
  }

  /// The SigmaHQ names of web servers, proxies, Linux, DNS, firewalls and processes, as ECS 8.17.
  public static FieldMapping ecs() {
    return EcsMapping.MAPPING;
  }

  /// This mapping and more fields for rules whose log source `scope` covers; for a name that the
  /// same scope has already, these replace the old ones.
  public FieldMapping with(LogSource scope, Map<String, List<String>> fields) {
    Map<String, List<String>> merged = new LinkedHashMap<>();
    List<Section> next = new ArrayList<>();
    for (var section : sections) {
      if (section.scope.equals(scope)) {
        merged.putAll(section.fields);
      } else {
        next.add(section);
      }
    }
    fields.forEach((name, targets) -> merged.put(name, List.copyOf(targets)));
    next.add(new Section(scope, Map.copyOf(merged)));
    return new FieldMapping(next);
  }

  /// The event fields that `field` means in a rule of `logSource`; the field's own name is always
  /// the last of them.
  public List<String> targets(LogSource logSource, String field) {
    for (var section : sections) {
      if (section.scope.covers(logSource)) {
        List<String> mapped = section.fields.get(field);
        if (mapped != null) {
          var all = new LinkedHashSet<>(mapped);
          all.add(field);
          return List.copyOf(all);
        }
      }
    }
    return List.of(field);
  }
}
