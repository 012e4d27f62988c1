/**
 * Sets style properties and custom properties through the object model. The page's Content Security
 * Policy forbids style attributes, and Lit's `styleMap` writes one when it first renders.
 *
 *     <rect ${styled({ '--share': '40%' })}>
 */
import { Directive, directive } from 'lit/directive.js';
import { nothing } from 'lit';

class Styled extends Directive {
  /** @param {Record<string, string>} _properties */
  render(_properties) {
    return nothing;
  }

  /** @param {any} part @param {[Record<string, string>]} args */
  update(part, [properties]) {
    const { style } = part.element;
    for (const [name, value] of Object.entries(properties)) {
      if (style.getPropertyValue(name) !== value) style.setProperty(name, value);
    }
    return nothing;
  }
}

export const styled = directive(Styled);
