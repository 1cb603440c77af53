// A double-ended queue for the thousands that hold a few elements each: empty it owns no memory, and it takes four
// elements at a time. (One of libstdc++ takes 576 bytes when it is made.)
// As std::deque, but for what is invalidated: see Boost.Container. Threads: one.
#pragma once
#include <algorithm>

#include <boost/container/deque.hpp>

namespace mailcanary {

template <class T>
using ShortDeque =
    boost::container::deque<T, void, boost::container::deque_options<boost::container::block_size<4>>::type>;

template <class T, class Unwanted>
void erase_those(ShortDeque<T>& deque, Unwanted unwanted) {
  deque.erase(std::remove_if(deque.begin(), deque.end(), unwanted), deque.end());
}

}  // namespace mailcanary
