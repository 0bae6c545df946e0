"""Analytic limbs with known truth, imaged like CT: the demo patient, the self-test, the base of the tests' phantoms."""
