// For tests that look at the tables of all components at once.
#pragma once

#include "storage/data_map.h"
#include "storage/database.h"
