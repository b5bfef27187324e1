// The functions of Node-API in a binary for Windows: taken from the program that loads it, whatever
// that is called. An ordinary import would name node.exe, and a renamed program, Electron or Bun
// would not do, or would get a second Node loaded beside it.
#include <windows.h>

namespace {

// Those that the addon calls, found by the build: X(napi_...) for each.
#include "windows_imports.inc"

}  // namespace

// What a call of an imported function goes through.
#define X(name) extern "C" FARPROC __imp_##name = nullptr;
HOLDFAST_NODE_API(X)
#undef X

namespace {

struct Import {
  const char* name;
  FARPROC* place;
};

constexpr Import kImports[] = {
#define X(name) {#name, &__imp_##name},
    HOLDFAST_NODE_API(X)
#undef X
};

bool ImportAll() {
  // Node built as a library.
  HMODULE host = ::GetModuleHandleW(L"libnode.dll");
  if (host == nullptr) host = ::GetModuleHandleW(nullptr);
  for (const Import& each : kImports) {
    *each.place = ::GetProcAddress(host, each.name);
    if (*each.place == nullptr) return false;
  }
  return true;
}

}  // namespace

// FALSE: the load fails (ERROR_DLL_INIT_FAILED), and the loader goes on to the portable disk.
extern "C" BOOL WINAPI DllMain(HINSTANCE, DWORD reason, LPVOID) {
  return reason != DLL_PROCESS_ATTACH || ImportAll();
}
