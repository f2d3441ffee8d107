// Together with the other file: every header twice in one file, and in two files of one program.
#include <imagecapture/imagecapture.hpp>
#include <imagecapture/imagecapture.h>
#include <imagecapture/version.h>
#include <imagecapture/imagecapture.hpp>
#include <imagecapture/imagecapture.h>
#include <imagecapture/version.h>

ic::Constraints made_in_a() {
    ic::Constraints constraints;
    constraints.ideal(ic::Property::Width, 640);
    return constraints;
}
