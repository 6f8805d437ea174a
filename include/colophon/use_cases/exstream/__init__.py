"""Use cases of OpenText Exstream."""
