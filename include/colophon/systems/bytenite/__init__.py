"""ByteNite: media jobs by the vendor's API, and a video library behind an interface of its own."""
