"""Files people upload and documents the platform makes: storage, PDF, certificates, forms."""
