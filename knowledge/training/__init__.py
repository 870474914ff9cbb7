"""Training of the reading's models from the labelled corpus. Nothing at run time imports it; needs scikit-learn."""
