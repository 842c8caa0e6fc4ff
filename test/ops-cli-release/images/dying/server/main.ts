/** A version that does not start. */
process.exit(1);
