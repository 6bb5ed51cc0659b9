//! Tests of the topic file.
