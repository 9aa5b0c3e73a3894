"""What a release is made of: packages and their licences, a bill of materials, files that are the same twice."""
