/** A glance at the data of the samples: six pictures (PNG, base64) or four rows. */
export type Preview =
  | { pictures: readonly string[] }
  | { columns: readonly string[]; rows: readonly (readonly string[])[] };

const FASHION = [
  "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAABT0lEQVR42mWRTW4UQQyFv+euFjPqIUOioBChoAgkNpyCbXZcgkVuwIobcAwOhMQeIQQbwo+Gn6Sny48F0wjV1MbW+/Tsst0xv4vL4d00nD97EW9nSbsY9UfxkuvFZtutZ7HsYr6/ZW+uXj0/3/QfZmfMya8+Snfn8iT67ndbFn+tZOlvRtX1QVMWBJpGSq1L9mBVEp3zP23ueQbOzDSGew28f0O1ayrrxHEDTx1FiFTASQN/1uwUIh1i0cA3Q0aEcGbyeW/Ob66qrnD9sMtmQ3S2jFBxtuvDxtiOmNo5V0BIhFT6aOAhlgQh4KiBB0gS2CSrBh5hkIyUPNhzYkl/a5/ufUiSUGBxuO9EQHQZ3G7gwBaB6BFDAxcQYeQg/40yX/2Y0kM4OsWXuw18MnkcYxoX1dWPG3hVVrt02i5ftid7+uhsuR4yp08fX3/faX8AYk9/SSst9D4AAAAASUVORK5CYII=",
  "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAABJ0lEQVR42u2SvUrDUABGv/vTa5LGUEMsWCxaWrc6V9BVHXwT0UVwcPIVioMPIIIP0VE3XZQKVbBQKQj9iTW0Mbm9vddJ0GfQM56zHuCfX+yfAyA/BIUN2IwxYK/QuyjCgLHvyHDV6yhjDFDvyqRcaUtDQQgBAJY9sFk6U2z1iL3s3Ga3qqXhOwDGiQGp1e/dBykr6+K60Ay5ygd+6/GuDwAgu2eNlSAU0eOz1oEOfQp4bhKPOr1WSjZvTpRvjRLLxTgWloyEN5CwHB7XLtlhqVvsv6aLTobNZTPDycdEvqUzOWVL3jYvt5vV5UJMQYXQMpCxQkDdnDe21nL8c0MkwokGLoVWSktMx3ln3hKKW6dk4TgMhHR8zbWitpFCRpSqURI+Nf7MGl/8rXcANfgUQwAAAABJRU5ErkJggg==",
  "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAACJ0lEQVR42mWSS0uUYRiGr/d5D/PNwdHUxmoyqSBLyAiEkCJqURTtatMv6G9E7VoUrdq1jgJb1CZqURBECFFBuAiK3ETJmDYHdb7vPbRIQuza3Vzc3PDwwFYcQPYvqi1KIrvP5w+QRGIbCu4uPH768QrCf5S4+wyYfncas91pzr4F4MwcdnPnn8y4dAcBXnVmCrNN9hh7RATh0+RmVQBljdEaFCgRy8YMOUqBAVLxt3sZUqJPtUYgAYKCY8oAE+XNgT2nthzh3L3f7cHVrzua88cLr+ufyqUP51Z+bBy8paE2NVnvtztj+1w9bOTKD0hjo5kdLL9/InDteUuSLfNtcd0n5XpD9Zf7fcz52RK4WTSzsg0rJkN2jlH6Nbw4sq7WqrMVw9WH/YlY6xetnW4pLaipvqvPOqJUh8Rw4jbVVanZUts31W6nBgfvlLoX14zdUxMOLVDzSrKhhitIQ10+u5Pqy6Bn1AolsEFiCKWKLuerNow33nwfz6uq2jDAXrwGm6wqqqMrmAufJ01e8gNNIXKUACRclnynm3V606Hr2x0ahsQBiAolGjp9WsktW6vJaRpWGCavehNTjHbEF7kzgjXe0TTcvy7LQekYldIJl0kApZCIMrw4fGPN9K02WkASWJJKmpyKhvmzRxxinA79FENReB9CTDH6BQO08qKMD2Q1n4AISTShMq2ApXJ3F0D+BQGVpyS9dugNzCnAzDQqLv/dfb39W/8AF6LXAXYFjiMAAAAASUVORK5CYII=",
  "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAABqklEQVR42mXSMWsUURAH8P/MvN13u7k9LrgnSKKJQQRTaiMRQQsVLAQ/g4VlKrGwFvwE4qfwC9jZCmlChEBAkFR6OSXnubd7+2Ys7lK8tXrw/zEzMPMEAAAicoY7b67vfx2zKK1SXKii/BKoONkDQAYA4AvUR58+j3+tn9YHby8jrnTt3vu5YjYrReX8abtMZfkoPqSVWjFJuJ4P9ABRW+SU9kgz1/YkPEaMm96zUfgrxq1c7eAOay+QZeRqlyQd3DJLYShs0fQdihg3tJ6zBTPmqcowxgHG35LABMNpSv9h0wAGgOtiMYixwGRGYFbD4Xk7itHzccUAG/jHb+rHmFIYmoAMbnKSdGZ6XNtQNjKiG1PLVxtfodNbOYEYXu+3JnFlRVdUCEKQ8i5Tp206VzIBSFBxiPF7bcEZcWtOpms3Y3z5cS1kmgjIaf5uv3PPJ2ppyFqBh7M/nZmbTN68ceOT6kXnZA+aVFPKF858pmXnZA/hFKFnoonn6l6MtyXkPWvqeV8M9iza0KVtS8tmazQU9Ndnuhv/eIx22sPXx9u7r34+Pzo7W2b/APfpo+qtNcXLAAAAAElFTkSuQmCC",
  "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAABaklEQVR42t1STUsCUQCc5/OZi8Xah2JCBpFalEc7RGEREhTdgg71A4IuQfQDgjp06W4UXTOC7tIlohKCIMJbFBQZWLatrrrr7tvXIdJ+g3MamI/DMEDLgDaZAICTFSqqXKAvsXAD0hCJoByvX88hQnSp3maGFi+cDVFQjtOz6lyHzuDndo3J/5IADg9uEIyNxrw1vZyZUnaarcDe+3/n2jWcAKXENiGwFdUASsAFMLOy9K10OQBeN0xgID1dClRlblkC8Zf9eqbIhwjQOeJSJiPD+c9+f8SXWgVGLg3Fr5V8awTLm1faIHu6zM0mJbfs827vPnoKkm7ovWMEx+HCa+XaJyMeaPeSSsVmHg2wXWYo6VyPql1BNkFIh0entRqTBSsJYkkOVXM7zu8Z5QZl1FQrqgjb2dT4i0SYZZjlNwADG+mH/Ide/i7qR90AcPul2sK6E4m/hXpCQi19/vL5nqzRVzTcudb5F34Aj6CVUl24mDAAAAAASUVORK5CYII=",
  "iVBORw0KGgoAAAANSUhEUgAAABwAAAAcCAAAAABXZoBIAAACNklEQVR42k3SPW/TQBgH8L/PPsdO7NhuQpu0KvRNakOJKhUYGJAQI2JlYWaBD4AQX4CBiQXExID4AmwMDEgghYEOILUIRKry5rRpXhr74ncfQ2OHW066391zzyP9RUzXk/vk6sVHg28A4QAAIadr94LmasJazH/QnxyJk3398a32Koi2o4XBzeYeAwCQ0xt3H/ofe8qGfEgu23+O68/nQDJM0OwMmfWazD+99CZRxodHt5HmZa0bfaPEtNFw02kViJg6lbc8e4llQSkIbrlsf9hdUlwGTTXyP7Gg1IZCY75esLYXyeJyQxU2/sNAFXum5QdHe3/9eM/Q/M0pKtrautHrulZRH0bMuLIxXptiuajvF3+0utLuT6rG+3cqqjnFc2HyaqZ+Vp+Z3RJCqvc9nUxx3jXV7+xcYbS04JyY5oruk2KGMk3ZuDR38NvVdpTSgeb2qye1DNdCybATOubVz72KTmLJcSp6hmYgf+ks+LrBO1wWymo3VZmR4awUdajKxOTw+lY0gJeEnKoZVkf0V0OTO6qGMfPiEDSAkqEaSMezJ8yMS/ZIqUU6JJHL+ShUkjbT1OQDOfKCWK61hTgfJY3cBvtqpWdUQqhRDgnlngRAAgAS8/6zle3uhfMDqRPVX7aMJtIMOcT3aLfxDqTgAUA3FfKYBBwRRAhA6gEQ4KQkb6gqJTEAPskpgVNIojx9cWyflocAAQQepU7erVYRJ0NxcACxGLpZQy+2rU+I8+ynsO1kCOAfJOjkTntqBVkAAAAASUVORK5CYII=",
];
const DIGITS = [
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAARUlEQVR42gXBQRGAIAAAsB3nHxpoA2lCBCMZgQwm0AbQwCMBRnBDaWcEbdZZLPYtj5SvIPWhE6SHRPBlMX9Y31JvcLSKH6APEesy1LcOAAAAAElFTkSuQmCC",
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAPUlEQVR42jXKMRGAMBAAsNwbQAISWgnvAClYqwMkgBOogmfg2DIEjnMj8PQkaOmC/a5awVLVvkP/gWAOyQvvfAxP7LmmhQAAAABJRU5ErkJggg==",
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAARElEQVR42i3KMRGAMBAAsBwGagEHSEACOEAKEoqTSkBC6wAJL+EZYMsQWOMGS8bDxD6uGZQjGpSzR4GauX23Z7afLasXppAUZXPs6YQAAAAASUVORK5CYII=",
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAARklEQVR42jXGMRGAIAAAwD/OHRpoE2hiBM8EVLCBFWxABCpoAozg5E+PbfQIta8jwxx7R/Ck5Y5AbO3fWQVqLiWZeA/X7gNUCQ+kWdtNDgAAAABJRU5ErkJggg==",
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAQ0lEQVR42iXG0RSAMBQA0HsSGMJDCGEIITSDEEIIYQihNIQMhvD66H5dKDcWtPGntDcCjuk6sWWXO+rMJwtYZwciKx8ETxBbrjY12wAAAABJRU5ErkJggg==",
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAQElEQVR42iXBQRGAIBAAwB3Gv0awCRGMQhQjEAVtYAOIgAnOh7to1a9HdBLTvFaJYXtekEsUC252OHKLDGdE5QOrNhM3JzkoyQAAAABJRU5ErkJggg==",
];

/** By the sample's id. */
export const PREVIEWS: Record<string, Preview | undefined> = {
  "fashion-mnist": { pictures: FASHION },
  digits: { pictures: DIGITS },
  iris: {
    columns: ["sepal", "petal", "species"],
    rows: [
      ["5.1", "1.4", "setosa"],
      ["6.4", "4.5", "versicolor"],
      ["5.8", "5.1", "virginica"],
      ["4.6", "1.5", "setosa"],
    ],
  },
  wine: {
    columns: ["alcohol", "malic acid", "cultivar"],
    rows: [
      ["14.23", "1.71", "class_0"],
      ["12.33", "1.10", "class_1"],
      ["12.93", "2.81", "class_2"],
      ["14.37", "1.95", "class_0"],
    ],
  },
  "breast-cancer": {
    columns: ["radius", "texture", "diagnosis"],
    rows: [
      ["17.99", "10.38", "malignant"],
      ["13.54", "14.36", "benign"],
      ["19.69", "21.25", "malignant"],
      ["9.50", "12.44", "benign"],
    ],
  },
  diabetes: {
    columns: ["age", "bmi", "progression"],
    rows: [
      ["59", "32.1", "151"],
      ["48", "21.6", "75"],
      ["72", "30.5", "141"],
      ["24", "25.3", "206"],
    ],
  },
  "food-reviews": {
    columns: ["review", "score"],
    rows: [
      ["I absolutely LOVE this dried fruit.", "great"],
      ["this stuff is not stuffing, its not good", "other"],
      ["Great flavor, we go through a ton of this", "great"],
      ["This is excellent salsa, but you can get", "great"],
    ],
  },
};
