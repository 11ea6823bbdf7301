#include "app/listener_lines.h"

namespace sockwatch {
namespace {

std::string quoted(const std::string& name) {
  const bool plain = !name.empty() && name.find_first_of(" \"=") == std::string::npos;
  if (plain) return name;
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\\\"") : std::string(1, c);
  return out + '"';
}

std::string owner(const char* prefix, const ListenerOwner& owner) {
  return std::string(" ") + prefix + "process=" + quoted(owner.process) + " " + prefix +
         "unit=" + quoted(owner.unit);
}

}  // namespace

std::string line_of(const ListenerEvent& event) {
  std::string line = event.kind == ListenerEvent::Kind::appeared ? "listener appeared: "
                     : event.kind == ListenerEvent::Kind::gone   ? "listener gone: "
                                                                 : "listener changed owner: ";
  std::string endpoint = to_string(event.identity.endpoint);
  if (!event.identity.interface.empty()) {
    endpoint.insert(endpoint.rfind(':'), "%" + event.identity.interface);
  }
  line += std::string(name(event.identity.protocol)) + " " + endpoint;
  line += " exposure=" + std::string(name(event.exposure)) + owner("", event.owner);
  if (!event.netns.empty()) line += " netns=" + quoted(event.netns);
  if (event.kind == ListenerEvent::Kind::owner_changed) line += owner("previous_", event.previous);
  return line;
}

}  // namespace sockwatch
