/// Bytes to events: what a line is, and what it says.
///
/// [dev.vedette.parse.LogReader] looks at the first bytes of a line and at a few cheap landmarks (a
/// bracketed date, a syslog header) and asks one reader per family of formats, in a fixed order
/// that depends on the line alone: [dev.vedette.parse.JsonLine], [dev.vedette.parse.AccessLog],
/// [dev.vedette.parse.ErrorLog], [dev.vedette.parse.Syslog] (which hands the message to the reader
/// of the program that wrote it: [dev.vedette.parse.SshdMessage], [dev.vedette.parse.AuthMessage],
/// or a web log again), [dev.vedette.parse.Logfmt]. A reader answers false where the line is not
/// its own; then the next is asked, and what nobody takes is plain text, which is kept and searched
/// all the same.
///
/// What programs that we do not know say about failed logins is read by its words
/// ([dev.vedette.parse.LoginFailure]): the client is where a known daemon puts him
/// ([dev.vedette.parse.LoginForm]) or where nobody else can have written him
/// ([dev.vedette.parse.ClientAddress]), else nobody. What structured logs call things is read by
/// their usual names ([dev.vedette.parse.WellKnownKeys]).
///
/// Every reader is hand-written over bytes: no regular expression, no allocation for the common
/// formats, and time linear in the length of the line whatever an attacker put into it. Values are
/// views into the line; only what must be decoded is copied, into the event's scratch space.
///
/// What daemons write is read as the daemons write it: where an attacker chooses a part of the text
/// (a user name, a request), the reader works from the end that the attacker does not reach.
@NullMarked
package dev.vedette.parse;

import org.jspecify.annotations.NullMarked;
