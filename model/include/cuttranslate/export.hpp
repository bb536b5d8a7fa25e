// SPDX-License-Identifier: MIT
// Marks what libcuttranslate.so exports; everything else is hidden.
#pragma once

#define CUT_API __attribute__((visibility("default")))
