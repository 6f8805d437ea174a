"""OpenText Exstream: letters and statements composed, and what became of each of them."""
