#include <napi.h>

#include "api.h"
#include "async.h"

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
