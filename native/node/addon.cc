#include <napi.h>

#include "node/api.h"
#include "node/async.h"

namespace {

Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  holdfast::Environment::Install(env);
  holdfast::ExportVolume(exports);
  holdfast::ExportFiles(exports);
  holdfast::ExportOpenFiles(exports);
  holdfast::ExportCommitter(exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(holdfast, Initialise)
