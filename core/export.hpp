#pragma once
/// TESSERA_API marks what the shared library exports; everything else is hidden.
#define TESSERA_API __attribute__((visibility("default")))
