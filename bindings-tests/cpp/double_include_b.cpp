#include <imagecapture/version.h>
#include <imagecapture/imagecapture.h>
#include <imagecapture/imagecapture.hpp>

ic::Constraints made_in_a();

std::string json_in_b() { return made_in_a().json(); }
