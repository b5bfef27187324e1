#include <napi.h>

#include "api.h"
#include "async.h"

namespace {

Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  holdfast::Environment::Install(env);
  holdfast::ExportVolume(env, exports);
  holdfast::ExportFiles(env, exports);
  holdfast::ExportOpenFiles(env, exports);
  holdfast::ExportCommitter(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(holdfast, Initialise)
