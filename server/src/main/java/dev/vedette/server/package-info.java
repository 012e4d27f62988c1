/// The face of Vedette: one port for the HTTP API, the WebSocket and the dashboard, and the one
/// place that decides who may do what.
///
/// The contract comes first: `openapi.yaml` beside this package names every route, its roles and
/// its shapes. [dev.vedette.server.Contract] reads it when the server starts; a route that is not
/// in it cannot be registered, and a request whose role it does not name is refused. What comes in
/// is handed to the [dev.vedette.event.Intake]; what goes out is asked of the
/// [dev.vedette.store.Store].
@NullMarked
package dev.vedette.server;

import org.jspecify.annotations.NullMarked;
